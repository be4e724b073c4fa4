import { randomUUID } from 'crypto';
import { Action, FIRST_SYNC_RESOURCE_TYPE } from '../../../lib/credential-sync/contract';
import { Certificate, HttpsServer } from '../../credential-sync/handler/https-server';
import { Lambda, Outcome } from '../../credential-sync/handler/lambda';
import { makeKeys, makeToken } from '../../credential-sync/handler/world';
import { AwsEmulator } from '../parts/aws-emulator';
import { Clusters } from './clusters';
import { DeployedFunction, Functions } from './functions';
import { Made, Provider, Request } from './stack';
import { stopAll } from './stop-all';

export { FIRST_SYNC_RESOURCE_TYPE };

/** The function of the assembly, run with its own role and environment, for the first sync and by its schedules. */
export class CredentialSyncs {
  /** All that the functions printed and answered. */
  public readonly told: string[] = [];
  /** Values of the secrets that they read, and of their own credentials, by what they are. */
  public readonly secretValues: Record<string, string> = {};
  private readonly answers = new Map<string, any>();
  private readonly running = new Map<DeployedFunction, Promise<Lambda>>();
  private readonly own = new Set<string>();
  private readonly secrets = new Set<string>();
  /** Names of schedules, and the ARNs of what they invoke. */
  private readonly schedules = new Map<string, string>();
  private server?: HttpsServer;

  constructor(
    private readonly aws: AwsEmulator,
    private readonly clusters: Clusters,
    private readonly functions: Functions,
    private readonly certificate: Certificate,
    private readonly environment: { readonly region: string; readonly authority: string; readonly remaining: number },
  ) {}

  /** First syncs. */
  public provider(): Provider {
    return {
      create: (request) => this.answerTo('Create', request),
      update: (request, { physicalId }, OldResourceProperties) => this.answerTo('Update', request, { PhysicalResourceId: physicalId, OldResourceProperties }),
      remove: async (request, { physicalId }) => void await this.answerTo('Delete', request, { PhysicalResourceId: physicalId }),
    };
  }

  /** Schedules, in the AWS emulator's EventBridge Scheduler. */
  public scheduleProvider(): Provider {
    const put = async (method: 'POST' | 'PUT', name: string, { properties, attributes }: Request): Promise<Made> => {
      const { ScheduleArn } = await this.aws.json('scheduler', method, `/schedules/${name}`, { ...properties, Name: undefined });
      this.schedules.set(name, properties.Target.Arn);
      return { physicalId: name, attributes: Object.fromEntries(attributes.map((attribute) => [attribute, ScheduleArn])), means: 'emulated' };
    };
    return {
      create: (request) => put('POST', request.properties.Name ?? `${request.stack}-${request.id}`.replace(/[^\w.-]/g, '-').slice(-64), request),
      update: (request, { physicalId }) => put('PUT', physicalId, request),
      remove: async (_, { physicalId }) => {
        await this.aws.json('scheduler', 'DELETE', `/schedules/${physicalId}`);
        this.schedules.delete(physicalId);
      },
    };
  }

  /** Does what the schedules would do when their time comes, with the payloads that the emulator has of them. */
  public async runSchedules(report: (name: string, error?: string) => void): Promise<void> {
    for (const [name, functionArn] of [...this.schedules].filter(([, invoked]) => this.own.has(invoked))) {
      const { error } = await this.invoke(functionArn, await this.payloadOf(name));
      report(name, error?.message);
    }
  }

  /** What the function answers to the payload of the first schedule, with the action that is given. */
  public async ask(action: Action): Promise<Outcome> {
    const [[name, functionArn]] = this.schedules;
    return this.invoke(functionArn, { ...await this.payloadOf(name), action });
  }

  public async stop(): Promise<void> {
    await stopAll([
      ...[...this.running.values()].map((lambda) => async () => (await lambda.catch(() => undefined))?.stop()),
      () => this.server?.stop(),
    ]);
  }

  private async payloadOf(name: string): Promise<object> {
    const { Target } = await this.aws.json('scheduler', 'GET', `/schedules/${name}`);
    return JSON.parse(Target.Input);
  }

  private async answerTo(RequestType: string, { properties, stack, id, attributes }: Request, more: Record<string, unknown> = {}): Promise<Made> {
    this.own.add(properties.ServiceToken);
    this.server ??= await HttpsServer.start(this.certificate, ({ url, body }) => {
      this.answers.set(url.pathname, JSON.parse(body));
      this.told.push(body);
      return { status: 200 };
    });
    const address = `/${randomUUID()}`;
    await this.prepareSecrets(JSON.parse(properties.Request));
    const { error } = await this.invoke(properties.ServiceToken, {
      RequestType,
      ResponseURL: `${this.server.address}${address}`,
      StackId: stack,
      RequestId: address.slice(1),
      LogicalResourceId: id,
      ResourceType: FIRST_SYNC_RESOURCE_TYPE,
      ResourceProperties: properties,
      ...more,
    });
    const answer = this.answers.get(address);
    if (answer?.Status !== 'SUCCESS') {
      throw new Error(answer?.Reason ?? error?.message ?? 'the function did not answer');
    }
    return { physicalId: answer.PhysicalResourceId, attributes: Object.fromEntries(attributes.map((name) => [name, answer.Data?.[name]])), means: 'real' };
  }

  private async invoke(functionArn: string, event: unknown): Promise<Outcome> {
    const deployed = this.functions.get(functionArn);
    if (!deployed) {
      throw new Error(`no function ${functionArn} in the assembly`);
    }
    this.running.set(deployed, this.running.get(deployed) ?? this.start(deployed));
    const outcome = await (await this.running.get(deployed)!).invoke({ event, remaining: this.environment.remaining });
    this.told.push(outcome.output, JSON.stringify([outcome.result, outcome.error]));
    return outcome;
  }

  private async start({ roleArn, environment, code }: DeployedFunction): Promise<Lambda> {
    const { plane } = await this.clusters.get(environment.CLUSTER_NAME);
    const { CLUSTER_ENDPOINT, CLUSTER_CERTIFICATE_AUTHORITY } = plane.environment;
    const credentials = await this.aws.credentialsOf(roleArn);
    Object.assign(this.secretValues, { [`secret key of ${roleArn}`]: credentials.AWS_SECRET_ACCESS_KEY, [`session token of ${roleArn}`]: credentials.AWS_SESSION_TOKEN });
    return Lambda.start({
      ...environment,
      // An imported cluster's own would lead out of this machine.
      ...environment.CLUSTER_ENDPOINT && { CLUSTER_ENDPOINT, CLUSTER_CERTIFICATE_AUTHORITY },
      ...credentials,
      AWS_REGION: this.environment.region,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.aws.endpoint,
      AWS_ENDPOINT_URL_ECR: this.aws.endpoint,
      AWS_ENDPOINT_URL_EKS: this.aws.endpoint,
      NODE_EXTRA_CA_CERTS: this.environment.authority,
    }, `${code}/index.js`);
  }

  /** Gives every secret that a request names a value of the right shape, as its owner would have done. */
  private async prepareSecrets(part: unknown): Promise<void> {
    if (typeof part !== 'object' || part === null) {
      return;
    }
    const { credentialsSecretArn, secretArn, field } = part as Record<string, string | undefined>;
    const arn = credentialsSecretArn ?? secretArn;
    if (arn && !this.secrets.has(arn)) {
      this.secrets.add(arn);
      const [token, keys] = [makeToken(), makeKeys()];
      Object.assign(this.secretValues, credentialsSecretArn ? { [`secret key in ${arn}`]: keys.secretAccessKey, [`key id in ${arn}`]: keys.accessKeyId } : { [`value of ${arn}`]: token });
      await this.aws.putSecret(arn, credentialsSecretArn ? JSON.stringify(keys) : field ? JSON.stringify({ [field]: token }) : token);
    }
    for (const value of Object.values(part)) {
      await this.prepareSecrets(value);
    }
  }
}
