import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Action } from '../../../lib/credential-sync/contract';
import { Certificate, makeCertificate } from '../../credential-sync/handler/https-server';
import { Outcome } from '../../credential-sync/handler/lambda';
import { HelmMajor, kubectlLayer } from '../../helm/helm';
import { AwsEmulator, hostSuffixOf, writeAuthority } from '../parts/aws-emulator';
import { Assembly } from './assembly';
import { AssumedResources, EMULATED_TYPES, EmulatedResources } from './aws-resources';
import { Clusters, RehearsedCluster } from './clusters';
import { Commands } from './commands';
import { CredentialSyncs, FIRST_SYNC_RESOURCE_TYPE } from './credential-sync';
import { Functions } from './functions';
import { CHART_RESOURCE_TYPE, KUBECTL_TYPES, KubectlHandler } from './kubectl-handler';
import { Prerequisites } from './prerequisites';
import { Provider, RehearsedStack, StackContext, Step } from './stack';
import { stopAll } from './stop-all';

export interface RehearsalOptions {
  /** Folders of charts that stand in for those of the same name in a repository. */
  readonly charts?: readonly string[];
  /** Helm for clusters that the assembly does not make, and so has no kubectl layer of. */
  readonly helm?: HelmMajor;
  /** File of objects that every cluster has before the first stack comes. */
  readonly prerequisites?: string;
  /** In place of the template's, how long Helm waits. */
  readonly timeout?: string;
  /** Time that the function has for an invocation, in milliseconds. */
  readonly remaining?: number;
  /**
   * Types whose resources go in as soon as their dependencies allow, so that what they don't wait for is not there yet;
   * releases and first syncs where nothing else is said.
   */
  readonly soonest?: readonly string[];
  readonly report?: (step: Step) => void;
}

/** Those that fail where they go in too early. */
const SOONEST = [CHART_RESOURCE_TYPE, FIRST_SYNC_RESOURCE_TYPE];

/** Executes synthesized assemblies in CloudFormation's order, one after the other over what is there. */
export class Rehearsal {
  public static async start(assembly: Assembly, options: RehearsalOptions = {}): Promise<Rehearsal> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rehearsal-'));
    let aws: AwsEmulator | undefined;
    try {
      const { region } = assembly.environment;
      const certificate = await makeCertificate(`sts.${region}.${hostSuffixOf(region)}`);
      aws = await AwsEmulator.start(folder, certificate, assembly.environment);
      return new Rehearsal(folder, certificate, aws, assembly, options);
    } catch (error) {
      await aws?.stop();
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** All that happened, in order. */
  public readonly steps: Step[] = [];
  private readonly stacks = new Map<string, RehearsedStack>();
  private readonly commands = new Commands();
  private readonly clusters: Clusters;
  private readonly syncs: CredentialSyncs;
  private readonly providers: Record<string, Provider>;
  private readonly assumed: AssumedResources;
  private readonly context: StackContext;
  private stopping?: Promise<void>;

  private constructor(private readonly folder: string, certificate: Certificate, public readonly aws: AwsEmulator, private assembly: Assembly, private readonly options: RehearsalOptions) {
    const { environment } = assembly;
    const { charts = [], helm = 'Helm 4', prerequisites, timeout, remaining = 60_000, soonest = SOONEST } = options;
    const authority = writeAuthority(folder, certificate);
    const asset = (objectKey: string) => this.assembly.asset(objectKey);
    this.assumed = new AssumedResources(environment);
    this.clusters = new Clusters(folder, certificate, aws, environment, prerequisites === undefined ? undefined : new Prerequisites(prerequisites, helm, this.commands), (step) => this.report(step));
    const functions = new Functions(asset, this.assumed);
    this.syncs = new CredentialSyncs(aws, this.clusters, functions, certificate, { region: environment.region, authority, remaining });
    const kubectl = new KubectlHandler(asset, aws, this.clusters, functions, this.commands, { folder, region: environment.region, authority, charts, layer: kubectlLayer(helm), timeout });
    const emulated = new EmulatedResources(aws);
    this.providers = {
      ...Object.fromEntries(EMULATED_TYPES.map((type) => [type, emulated])),
      ...Object.fromEntries(KUBECTL_TYPES.map((type) => [type, kubectl])),
      'AWS::EKS::Cluster': this.clusters.provider(),
      'Custom::AWSCDK-EKS-Cluster': this.clusters.provider(),
      'AWS::EKS::AccessEntry': this.clusters.accessEntries(),
      'AWS::Lambda::Function': functions,
      'AWS::Lambda::LayerVersion': functions,
      [FIRST_SYNC_RESOURCE_TYPE]: this.syncs.provider(),
      'AWS::Scheduler::Schedule': this.syncs.scheduleProvider(),
    };
    this.context = {
      ...environment,
      exports: new Map(),
      output: (stack, name) => this.stacks.get(stack)?.outputs[name],
      provider: (type) => this.providers[type] ?? this.assumed,
      nestedTemplate: (url) => this.assembly.nestedTemplate(url),
      report: (step) => this.report(step),
      soonest,
    };
  }

  /** Brings all stacks to what the assembly says, and then does once what its schedules do. */
  public async deploy(assembly: Assembly = this.assembly): Promise<void> {
    this.assembly = assembly;
    for (const { name, template } of assembly.stacks) {
      const stack = this.stacks.get(name) ?? new RehearsedStack(name);
      this.stacks.set(name, stack);
      await stack.deploy(template, this.context);
    }
    await this.syncs.runSchedules((name, reason) => this.report({ outcome: reason ? 'refused' : 'ran', means: 'real', type: 'AWS::Scheduler::Schedule', name, reason }));
  }

  /** Takes all stacks away, the last first. */
  public async remove(): Promise<void> {
    for (const stack of [...this.stacks.values()].reverse()) {
      await stack.remove(this.context);
    }
    this.stacks.clear();
  }

  /** What the function answers when it is invoked by hand for the first runner. */
  public ask(action: Action): Promise<Outcome> {
    return this.syncs.ask(action);
  }

  /** All that functions printed and answered, and what became of each resource. */
  public get told(): string {
    return [...this.syncs.told, JSON.stringify(this.steps)].join('\n');
  }

  /** What must not be seen, by what it is. */
  public get secretValues(): Record<string, string> {
    return { ...this.syncs.secretValues };
  }

  public get refused(): Step[] {
    return this.steps.filter(({ outcome }) => outcome === 'refused');
  }

  public cluster(name: string): Promise<RehearsedCluster> {
    return this.clusters.get(name);
  }

  /** Once, however often it is called. */
  public stop(): Promise<void> {
    this.stopping ??= stopAll([
      () => this.commands.stop(),
      () => this.syncs.stop(),
      () => this.clusters.stop(),
      () => this.aws.stop(),
      () => fs.rmSync(this.folder, { recursive: true, force: true }),
    ]);
    return this.stopping;
  }

  private report(step: Step): void {
    this.steps.push(step);
    this.options.report?.(step);
  }
}
