import * as fs from 'fs';
import * as path from 'path';
import { AssetManifestArtifact, CloudAssembly, CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { AwsEnvironment } from '../parts/aws-emulator';

/** Where the stacks go that leave it open. */
const ANYWHERE = { account: '123456789012', region: 'eu-central-1' };

export interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Metadata?: Record<string, unknown>;
  readonly DependsOn?: string | string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
}

export interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Parameters?: Record<string, { readonly Default?: unknown }>;
  readonly Conditions?: Record<string, unknown>;
  readonly Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  readonly Outputs?: Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>;
}

/** What `cdk synth` wrote: the stacks in the order of their deployment, and the files they bring. */
export class Assembly {
  public readonly stacks: readonly { readonly name: string; readonly template: Template }[];
  public readonly environment: AwsEnvironment;
  /** Files and folders by their object keys. */
  private readonly assets = new Map<string, string>();

  constructor(folder: string) {
    if (!fs.existsSync(path.join(folder, 'manifest.json'))) {
      throw new Error(`${folder} is no assembly: name the folder that cdk synth writes, cdk.out where nothing else is said`);
    }
    const stacks = new CloudAssembly(folder).stacksRecursively;
    if (stacks.length === 0) {
      throw new Error(`${folder} holds no stack`);
    }
    const environments = new Set(stacks.map(({ environment: { account, region } }) => `${account}/${region}`));
    if (environments.size > 1) {
      throw new Error(`the stacks of ${folder} go to ${[...environments].join(', ')}: rehearse the stacks of one account and region at a time`);
    }
    const { account, region } = stacks[0].environment;
    this.environment = {
      account: /^\d{12}$/.test(account) ? account : ANYWHERE.account,
      region: region === 'unknown-region' ? ANYWHERE.region : region,
    };
    stacks.forEach((stack) => this.readAssets(stack));
    this.stacks = stacks.map(({ stackName, template }) => ({ name: stackName, template }));
  }

  /** The file or folder that the bootstrap bucket would hold under the key. */
  public asset(objectKey: string): string {
    const found = this.assets.get(objectKey);
    if (!found) {
      throw new Error(`the assembly has no asset ${objectKey}`);
    }
    return found;
  }

  /** The template of a nested stack. */
  public nestedTemplate(url: string): Template {
    return JSON.parse(fs.readFileSync(this.asset(url.split('/').at(-1)!), 'utf8'));
  }

  private readAssets({ dependencies, assembly }: CloudFormationStackArtifact): void {
    for (const { file } of dependencies.filter((artifact) => AssetManifestArtifact.isAssetManifestArtifact(artifact))) {
      for (const { source, destinations } of Object.values<any>(JSON.parse(fs.readFileSync(file, 'utf8')).files ?? {})) {
        for (const { objectKey } of Object.values<any>(destinations)) {
          this.assets.set(objectKey, path.join(assembly.directory, source.path));
        }
      }
    }
  }
}
