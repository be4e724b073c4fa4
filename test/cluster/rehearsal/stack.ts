import { isDeepStrictEqual } from 'util';
import { attributesWanted, references } from '../../references';
import { AwsEnvironment, hostSuffixOf, partitionOf } from '../parts/aws-emulator';
import { Resource, Template } from './assembly';
import { Scope, evaluate } from './intrinsics';

/** A resource with its properties worked out, as CloudFormation hands it to what makes it. */
export interface Request {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Record<string, any>;
  /** Attributes that the template asks for. */
  readonly attributes: readonly string[];
}

/** How a resource came to be: on a real part, in the AWS emulator, or in name only. */
export type Means = 'real' | 'emulated' | 'assumed';

export interface Made {
  readonly physicalId: string;
  readonly attributes: Record<string, unknown>;
  readonly means: Means;
}

/** Makes, changes and removes resources. */
export interface Provider {
  create(request: Request): Promise<Made>;
  update(request: Request, made: Made, oldProperties: Record<string, any>): Promise<Made>;
  remove(request: Request, made: Made): Promise<void>;
}

export type Outcome = 'created' | 'updated' | 'removed' | 'kept' | 'ran' | 'refused';

/** What became of a resource, a condition or an output. */
export interface Step {
  readonly outcome: Outcome;
  readonly means?: Means;
  readonly type: string;
  /** Path of the construct, or stack and logical id. */
  readonly name: string;
  readonly reason?: string;
}

/** What a stack needs from around it. */
export interface StackContext extends AwsEnvironment {
  readonly exports: Map<string, unknown>;
  /** An output of a stack that is there. */
  readonly output: (stack: string, name: string) => unknown;
  readonly provider: (type: string) => Provider;
  readonly nestedTemplate: (url: string) => Template;
  readonly report: (step: Step) => void;
  /** Types whose resources go in as soon as what they refer to and depend on is there. */
  readonly soonest: readonly string[];
}

/** A resource, a condition or an output was refused; what was made before it stays. */
export class Refusal extends Error {}

interface Entry {
  readonly request: Request;
  readonly resource: Resource;
  /** Absent until the first success. */
  made?: Made;
  nested?: RehearsedStack;
}

const NESTED = 'AWS::CloudFormation::Stack';

/** A stack as CloudFormation keeps it: what it has made, and how to get from there to another template. */
export class RehearsedStack {
  public outputs: Record<string, unknown> = {};
  /** Each after those that it waits for. */
  private entries = new Map<string, Entry>();

  constructor(private readonly name: string) {}

  /** Makes the stack what the template says; only what changed is touched. */
  public async deploy(template: Template, context: StackContext, parameters: Record<string, unknown> = {}): Promise<void> {
    const before = this.entries;
    this.entries = new Map(before);
    const scope = this.scope(template, context, parameters);
    const wanted = attributesWanted(template);
    const there = await this.resourcesToMake(template, scope, context);
    for (const id of there) {
      const resource = template.Resources[id];
      const properties = await attempt(context, resource.Type, nameOf(this.name, id, resource), () => evaluate(resource.Properties ?? {}, scope) as Record<string, unknown>);
      await this.put(id, resource, {
        stack: this.name,
        id,
        type: resource.Type,
        properties: resource.Type.startsWith('Custom::') ? inStrings(properties) as Record<string, unknown> : properties,
        attributes: [...wanted.get(id) ?? []],
      }, context);
    }
    for (const id of [...before.keys()].reverse().filter((old) => !there.includes(old))) {
      await this.drop(id, context);
    }
    this.entries = new Map(there.map((id) => [id, this.entries.get(id)!]));
    this.outputs = {};
    for (const [name, { Value, Export }] of Object.entries(template.Outputs ?? {})) {
      await attempt(context, 'Output', `${this.name}/${name}`, () => {
        this.outputs[name] = evaluate(Value, scope);
        if (Export) {
          context.exports.set(String(evaluate(Export.Name, scope)), this.outputs[name]);
        }
      });
    }
  }

  /** Takes everything away, the last first, but for what its template says to keep. */
  public async remove(context: StackContext): Promise<void> {
    for (const id of [...this.entries.keys()].reverse()) {
      await this.drop(id, context);
    }
  }

  /** In order, but for those whose condition is not met. */
  private async resourcesToMake(template: Template, scope: Scope, context: StackContext): Promise<string[]> {
    const there: string[] = [];
    for (const id of deploymentOrder(template, context.soonest)) {
      const { Condition } = template.Resources[id];
      if (Condition === undefined || await attempt(context, 'Condition', `${this.name}/${Condition}`, () => scope.condition(Condition))) {
        there.push(id);
      }
    }
    return there;
  }

  private async put(id: string, resource: Resource, request: Request, context: StackContext): Promise<void> {
    const known = this.entries.get(id);
    const name = nameOf(this.name, request.id, resource);
    if (request.type === NESTED) {
      const nested = known?.nested ?? new RehearsedStack(`${this.name}/${id}`);
      this.entries.set(id, { request, resource, nested, made: { physicalId: nested.name, attributes: {}, means: 'real' } });
      const template = await attempt(context, request.type, name, () => context.nestedTemplate(request.properties.TemplateURL));
      await nested.deploy(template, context, request.properties.Parameters);
      return;
    }
    const provider = context.provider(request.type);
    if (known?.made && isDeepStrictEqual(known.request.properties, request.properties)) {
      // Another template may ask for attributes that nobody asked for before.
      const { made } = known;
      const asked = request.attributes.every((attribute) => attribute in made.attributes);
      this.entries.set(id, { ...known, request, resource, made: asked ? made : await attempt(context, request.type, name, () => provider.update(request, made, request.properties)) });
      return;
    }
    // Remembered before it is tried: what failed half-way is there to be changed back or taken away.
    const entry: Entry = { request, resource, made: known?.made };
    this.entries.set(id, entry);
    entry.made = await attempt(context, request.type, name, () => {
      if (!known?.made) {
        return provider.create(request);
      }
      if (known.request.properties.ServiceToken !== request.properties.ServiceToken) {
        throw new Error('Modifying service token is not allowed.');
      }
      return provider.update(request, known.made, known.request.properties);
    });
    context.report({ outcome: known?.made ? 'updated' : 'created', means: entry.made.means, type: request.type, name });
  }

  private async drop(id: string, context: StackContext): Promise<void> {
    const { request, resource, made, nested } = this.entries.get(id)!;
    if (nested) {
      await nested.remove(context);
    } else if (made) {
      const name = nameOf(this.name, request.id, resource);
      if (resource.DeletionPolicy?.startsWith('Retain')) {
        context.report({ outcome: 'kept', type: request.type, name });
      } else {
        await attempt(context, request.type, name, () => context.provider(request.type).remove(request, made));
        context.report({ outcome: 'removed', means: made.means, type: request.type, name });
      }
    }
    this.entries.delete(id);
  }

  private scope(template: Template, { account, region, exports, output }: StackContext, given: Record<string, unknown>): Scope {
    const pseudo: Record<string, unknown> = {
      'AWS::AccountId': account,
      'AWS::Region': region,
      'AWS::Partition': partitionOf(region),
      'AWS::URLSuffix': hostSuffixOf(region),
      'AWS::StackName': this.name,
      'AWS::StackId': `arn:${partitionOf(region)}:cloudformation:${region}:${account}:stack/${this.name}/0`,
      'AWS::NotificationARNs': [],
    };
    const made = (id: string) => {
      const entry = this.entries.get(id);
      if (!entry?.made) {
        throw new Error(`stack ${this.name} refers to ${id}, which is not there`);
      }
      return entry;
    };
    const scope: Scope = {
      region,
      ref: (name) => {
        if (name in pseudo) {
          return pseudo[name];
        }
        if (template.Parameters && name in template.Parameters) {
          return given[name] ?? template.Parameters[name].Default ?? name;
        }
        return made(name).made!.physicalId;
      },
      attribute: (id, name) => {
        const { nested, made: resource } = made(id);
        if (nested) {
          return nested.outputs[name.replace(/^Outputs\./, '')];
        }
        if (!(name in resource!.attributes)) {
          throw new Error(`${id} in stack ${this.name} has no attribute ${name}`);
        }
        return resource!.attributes[name];
      },
      condition: (name) => Boolean(evaluate(template.Conditions?.[name], scope)),
      mapping: (map, first, second) => template.Mappings?.[map]?.[first]?.[second],
      imported: (name) => {
        if (!exports.has(name)) {
          throw new Error(`stack ${this.name} imports ${name}, which no stack before it exports`);
        }
        return exports.get(name);
      },
      output: (stack, name) => {
        const value = output(stack, name);
        if (value === undefined) {
          throw new Error(`stack ${this.name} reads output ${name} of stack ${stack}, which has none`);
        }
        return value;
      },
    };
    return scope;
  }
}

/** What comes of the action; where it fails, that is reported. */
async function attempt<T>(context: StackContext, type: string, name: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const reason = (error as Error).message;
    context.report({ outcome: 'refused', type, name, reason });
    throw new Refusal(`${type} ${name} was refused: ${reason}`);
  }
}

/** Custom resources get every scalar as a string. */
function inStrings(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inStrings);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inStrings(part)]));
  }
  return String(value);
}

/** Every resource after those that it waits for, and no later than the types that come soonest ask. */
function deploymentOrder({ Resources }: Template, soonest: readonly string[]): string[] {
  const order = new Set<string>();
  const visit = (id: string) => {
    if (order.has(id) || !(id in Resources)) {
      return;
    }
    const { DependsOn = [], Properties } = Resources[id];
    const before = [...[DependsOn].flat(), ...references(Properties)];
    // Those that come soonest do so also among what one of them waits for.
    before.filter((other) => soonest.includes(Resources[other]?.Type)).forEach(visit);
    before.forEach(visit);
    order.add(id);
  };
  soonest.forEach((type) => Object.keys(Resources).filter((id) => Resources[id].Type === type).forEach(visit));
  Object.keys(Resources).forEach(visit);
  return [...order];
}

function nameOf(stack: string, id: string, { Metadata }: Resource): string {
  return typeof Metadata?.['aws:cdk:path'] === 'string' ? Metadata['aws:cdk:path'] : `${stack}/${id}`;
}
