import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { unpackLayer } from '../../helm/layer';
import { AwsEmulator } from '../parts/aws-emulator';
import { partBinary } from '../parts/install';
import { Clusters } from './clusters';
import { Commands } from './commands';
import { DeployedFunction, Functions } from './functions';
import { Made, Provider, Request } from './stack';

const ROOT = path.join(__dirname, '../../..');
/** What the CDK adds to each kubectl handler. */
const AWS_CLI_LAYER = path.join(path.dirname(require.resolve('@aws-cdk/asset-awscli-v1/package.json')), 'lib/layer.zip');
const PREFIX = 'Custom::AWSCDK-EKS-';
export const CHART_RESOURCE_TYPE = `${PREFIX}HelmChart`;

/** What the CDK's kubectl handler makes on a cluster. */
export const KUBECTL_TYPES = ['KubernetesResource', 'HelmChart', 'KubernetesPatch', 'KubernetesObjectValue'].map((name) => PREFIX + name);

export interface KubectlHandlerOptions {
  readonly folder: string;
  readonly region: string;
  readonly authority: string;
  /** Folders of charts, which are taken in place of what a repository would give by the same name. */
  readonly charts: readonly string[];
  /** Archive with Helm and kubectl for clusters whose own layer is not in the assembly. */
  readonly layer: string;
  /** In place of the template's, how long Helm waits. */
  readonly timeout?: string;
}

/** The CDK's own kubectl handler, in the assembly's version, with the assembly's Helm, kubectl and AWS CLI. */
export class KubectlHandler implements Provider {
  private readonly charts: Record<string, string>;
  /** By role, and as long as an hour, as a function has them. */
  private readonly credentials: Record<string, Promise<Record<string, string>>> = {};
  private runs = 0;

  constructor(
    private readonly asset: (objectKey: string) => string,
    private readonly aws: AwsEmulator,
    private readonly clusters: Clusters,
    private readonly functions: Functions,
    private readonly commands: Commands,
    private readonly options: KubectlHandlerOptions,
  ) {
    this.charts = Object.fromEntries(options.charts.map((folder) => [nameOfChart(folder), folder]));
  }

  public create(request: Request): Promise<Made> {
    return this.run('Create', request);
  }

  public update(request: Request, { physicalId }: Made, OldResourceProperties: Record<string, any>): Promise<Made> {
    return this.run('Update', request, { PhysicalResourceId: physicalId, OldResourceProperties });
  }

  public async remove(request: Request, { physicalId }: Made): Promise<void> {
    await this.run('Delete', request, { PhysicalResourceId: physicalId });
  }

  private async run(RequestType: string, request: Request, more: Record<string, unknown> = {}): Promise<Made> {
    const { type, properties } = request;
    const handler = this.handlerOf(properties.ServiceToken);
    const roleArn = handler?.roleArn ?? await this.aws.makeRole('kubectl-handler');
    await this.clusters.get(properties.ClusterName);
    await this.clusters.admitToForeign(properties.ClusterName, properties.RoleArn ?? roleArn);
    const folder = path.join(this.options.folder, `kubectl-${++this.runs}`);
    fs.mkdirSync(folder);
    const environment = {
      PATH: [...this.programs(handler, folder), process.env.PATH].join(path.delimiter),
      HOME: folder,
      TEST_OUTDIR: folder,
      ...await (this.credentials[roleArn] ??= this.aws.credentialsOf(roleArn)),
      ...handler?.environment,
      AWS_REGION: this.options.region,
      AWS_DEFAULT_REGION: this.options.region,
      AWS_CA_BUNDLE: this.options.authority,
      AWS_ENDPOINT_URL_EKS: this.aws.endpoint,
      HTTPS_PROXY: this.aws.endpoint,
      NO_PROXY: 'localhost,127.0.0.1',
    };
    const answer = await this.invoke(handler?.code ?? bundledHandler(properties), environment, {
      RequestType,
      ResourceType: type,
      ResourceProperties: { ...properties, ...type === CHART_RESOURCE_TYPE && await this.chartProperties(properties, folder, environment) },
      ...more,
    });
    if (properties.Manifest?.includes('aws-auth')) {
      await this.clusters.readConfigMap(properties.ClusterName);
    }
    return { physicalId: String(more.PhysicalResourceId ?? `${request.stack}-${request.id}`), attributes: answer?.Data ?? {}, means: 'real' };
  }

  /** The function behind the provider framework's. */
  private handlerOf(serviceToken: string): DeployedFunction | undefined {
    const framework = this.functions.get(serviceToken);
    return framework && this.functions.get(framework.environment.USER_ON_EVENT_FUNCTION_ARN);
  }

  /** Folders with the programs of the handler's layers. */
  private programs(handler: DeployedFunction | undefined, folder: string): string[] {
    const archives = handler?.layers.length ? handler.layers : [this.options.layer, AWS_CLI_LAYER];
    const folders = archives.map(unpackLayer).flatMap((layer) => fs.readdirSync(layer).map((name) => path.join(layer, name)));
    // The layer's own script names the Python of the Lambda runtime.
    const script = folders.map((program) => path.join(program, 'aws')).find((file) => fs.existsSync(file));
    fs.writeFileSync(path.join(folder, 'aws'), awsCli(`'${python()}' '${script}' "$@"`, path.join(this.options.folder, 'token')), { mode: 0o755 });
    return [folder, ...folders];
  }

  private async chartProperties(properties: Record<string, any>, folder: string, environment: NodeJS.ProcessEnv): Promise<Record<string, unknown>> {
    const { Chart, ChartAssetURL, Version, Repository } = properties;
    const timeout = this.options.timeout && { Timeout: this.options.timeout };
    if (ChartAssetURL) {
      return { ...timeout, ChartAssetURL: undefined, Chart: this.asset(ChartAssetURL.split('/').at(-1)) };
    }
    const name = Chart ?? Repository.split('/').at(-1);
    if (!(name in this.charts)) {
      return { ...timeout };
    }
    await this.commands.run('helm', ['package', this.charts[name], '--destination', folder, ...Version ? ['--version', Version] : []], environment);
    const [archive] = fs.readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    return { ...timeout, Chart: path.join(folder, archive), Repository: undefined, Version: undefined };
  }

  private async invoke(code: string, environment: NodeJS.ProcessEnv, event: unknown): Promise<any> {
    const file = path.join(environment.HOME!, 'answer.json');
    await this.commands.run(python(), [path.join(__dirname, 'invoke.py'), code, file], environment, JSON.stringify(event));
    const { error, result } = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (error) {
      throw new Error(error);
    }
    return result;
  }
}

/** What the CDK deploys for such a cluster; only `aws-eks` assumes a role of the cluster's. */
function bundledHandler({ RoleArn }: Record<string, any>): string {
  return path.join(ROOT, 'node_modules/aws-cdk-lib/custom-resource-handlers/dist', RoleArn ? 'aws-eks' : 'aws-eks-v2', 'kubectl-handler');
}

function nameOfChart(folder: string): string {
  const file = path.join(folder, 'Chart.yaml');
  if (!fs.existsSync(file)) {
    throw new Error(`${folder} is no chart, because it holds no Chart.yaml: name the folder that helm pull --untar writes`);
  }
  return parse(fs.readFileSync(file, 'utf8')).name;
}

/** The AWS CLI, which takes longer to say a token than the rest of a run takes, and so is asked for one only after ten of its fifteen minutes. */
function awsCli(command: string, tokens: string): string {
  return `#!/bin/sh
case "$*" in
*" get-token "*)
  token="${tokens}-$(echo "$AWS_ACCESS_KEY_ID $*" | cksum | cut -d ' ' -f 1)"
  if [ -z "$(find "$token" -mmin -10 2>/dev/null)" ]; then
    ${command} >"$token.$$" && mv "$token.$$" "$token" || exit
  fi
  exec cat "$token" ;;
esac
exec ${command}
`;
}

/** With boto3, as the Lambda runtime has it. */
function python(): string {
  return path.join(path.dirname(partBinary('moto_server')), 'python');
}
