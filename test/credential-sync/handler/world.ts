import * as crypto from 'crypto';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { StatusReport, SyncRequest } from '../../../lib/credential-sync/contract';
import { findCanaries } from '../../security/canary';
import { Aws } from './aws';
import { Certificate, HttpsServer, makeCertificate } from './https-server';
import { Kubernetes } from './kubernetes';
import { Invocation, Lambda, Outcome } from './lambda';
import { ARGO_NAMESPACE, RUNNER } from './workload';

export const REGION = 'eu-central-1';
export const HOST = '118146679784.dkr.ecr.eu-west-1.amazonaws.com';
export const KEYS_ARN = `arn:aws:secretsmanager:${REGION}:111122223333:secret:collate/registry-keys-AbCdEf`;
export const TOKEN_ARN = `arn:aws:secretsmanager:${REGION}:111122223333:secret:collate/token-AbCdEf`;
export const PULL_SECRET = 'collate/omd-registry-credentials';
export const TOKEN_SECRET = 'collate/hybrid-runner-token';

const random = (length: number) => crypto.randomBytes(length).toString('hex').slice(0, length);

/** Made anew in each run, so that none is ever written down. */
export function makeKeys() {
  return { accessKeyId: `AKIA${random(16).toUpperCase()}`, secretAccessKey: random(40) };
}

export function makeToken(payload: Record<string, unknown> = {}): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [encode({ alg: 'RS256' }), encode({ sub: random(24), ...payload }), random(86)].join('.');
}

/** Everything around the function: AWS, a Kubernetes API server, CloudFormation, and the process it runs in. */
export class World {
  public static async start(): Promise<World> {
    const certificate = await makeCertificate();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sync-'));
    const authority = path.join(folder, 'authority.pem');
    fs.writeFileSync(authority, certificate.certificate);
    const world = new World(certificate, folder);
    try {
      world.awsServer = await HttpsServer.start(certificate, (request) => world.aws.answer(request));
      world.apiServer = await HttpsServer.start(certificate, (request) => world.kubernetes.answer(request));
      const { address } = world.awsServer;
      world.lambda = await Lambda.start({
        NODE_EXTRA_CA_CERTS: authority,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: world.functionKeys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: world.functionKeys.secretAccessKey,
        AWS_SESSION_TOKEN: world.functionKeys.sessionToken,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: address,
        AWS_ENDPOINT_URL_ECR: address,
        AWS_ENDPOINT_URL_EKS: address,
        CLUSTER_NAME: 'data',
      });
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  public readonly functionKeys = { ...makeKeys(), sessionToken: `${random(600)}+/=` };
  public readonly vendorKeys = makeKeys();
  /** Whoever has it may answer CloudFormation. */
  public readonly answerKey = random(40);
  public token = makeToken();
  public password = random(2000);
  public aws = this.makeAws();
  public kubernetes = this.makeKubernetes();
  public lambda!: Lambda;
  private awsServer!: HttpsServer;
  private apiServer!: HttpsServer;

  private constructor(public readonly certificate: Certificate, private readonly folder: string) {}

  /** Puts everything back to where all goes well. */
  public reset(): void {
    this.token = makeToken();
    this.password = random(2000);
    this.aws = this.makeAws();
    this.kubernetes = this.makeKubernetes();
  }

  public get clusterEnvironment(): Record<string, string | null> {
    return {
      CLUSTER_ENDPOINT: this.apiServer.address,
      CLUSTER_CERTIFICATE_AUTHORITY: Buffer.from(this.certificate.certificate).toString('base64'),
    };
  }

  public request(changes: Partial<SyncRequest> = {}): SyncRequest {
    return {
      action: 'sync',
      agentId: 'aws-prod',
      namespace: 'collate',
      pullSecret: { name: 'omd-registry-credentials', credentialsSecretArn: KEYS_ARN, registryAccount: '118146679784', registryRegion: 'eu-west-1', registryHost: HOST },
      tokenSecret: { name: 'hybrid-runner-token', key: 'token', secretArn: TOKEN_ARN },
      ...changes,
    };
  }

  /** A request that says where the runner is. */
  public requestWithWorkload(changes: Partial<SyncRequest> = {}): SyncRequest {
    return this.request({ workload: { name: RUNNER, serviceAccount: 'ingestion', argoNamespace: ARGO_NAMESPACE }, ...changes });
  }

  /** Asks the function for a report. */
  public async status(changes: Partial<SyncRequest> = {}, invocation: Partial<Invocation> = {}): Promise<Omit<Outcome, 'result'> & { result: StatusReport }> {
    const { result, ...outcome } = await this.invoke({ event: this.requestWithWorkload({ action: 'status', ...changes }), ...invocation });
    return { ...outcome, result };
  }

  /** Invokes the function as the schedule does, unless another event is given. */
  public async invoke(invocation: Partial<Invocation> = {}): Promise<Outcome> {
    const outcome = await this.lambda.invoke({
      event: this.request(),
      ...invocation,
      environment: { ...this.clusterEnvironment, ...invocation.environment },
    });
    this.expectNoSecret(outcome.output + JSON.stringify([outcome.result, outcome.error, this.aws.answers]));
    return outcome;
  }

  /** Invokes the function as CloudFormation does, and gives what it was answered. */
  public async deploy(RequestType: string, properties: Record<string, unknown> = { Request: JSON.stringify(this.request()) }, invocation: Partial<Invocation> = {}): Promise<{ answer: any; outcome: Outcome }> {
    const outcome = await this.invoke({
      event: {
        RequestType,
        ResponseURL: `${this.awsServer.address}/cloudformation?signature=${this.answerKey}`,
        StackId: 'stack', RequestId: 'request', LogicalResourceId: 'FirstSync',
        ...RequestType !== 'Create' && { PhysicalResourceId: 'credential-sync/collate' },
        ResourceProperties: { ServiceToken: 'x', ...properties },
      },
      ...invocation,
    });
    return { answer: this.aws.answers.at(-1), outcome };
  }

  /** Sets what ECR answers, from the login it would hold. */
  public authorize(login: string, changes: Record<string, unknown> = {}): void {
    this.aws.authorization = {
      authorizationData: [{
        authorizationToken: Buffer.from(login).toString('base64'),
        expiresAt: (Date.now() + 12 * 3_600_000) / 1000,
        proxyEndpoint: `https://${HOST}`,
        ...changes,
      }],
    };
  }

  public async stop(): Promise<void> {
    this.lambda?.stop();
    await Promise.all([this.awsServer?.stop(), this.apiServer?.stop()]);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** No secret, in no form, in what the function printed, returned, threw and answered. */
  public expectNoSecret(text: string): void {
    expect(findCanaries(text, this.canaries())).toEqual([]);
  }

  /** What must not be seen, by what it is. */
  public canaries(): Record<string, string> {
    const { [KEYS_ARN]: keys, [TOKEN_ARN]: token, ...connectors } = this.aws.secrets;
    const auth = Buffer.from(`AWS:${this.password}`).toString('base64');
    const dockerConfig = JSON.stringify({ auths: { [HOST]: { auth } } });
    const written = Object.entries(this.kubernetes.secrets).flatMap(([name, { data }]) => Object.entries(data).map(([key, value]) => [`data ${key} of Secret ${name}`, value]));
    return {
      'function key id': this.functionKeys.accessKeyId,
      'function secret key': this.functionKeys.secretAccessKey,
      'function session token': this.functionKeys.sessionToken,
      'vendor secret key': this.vendorKeys.secretAccessKey,
      'vendor key id': this.vendorKeys.accessKeyId,
      'keys secret': keys?.SecretString ?? '',
      'token': this.token,
      'token signature': this.token.split('.')[2],
      'token secret': token?.SecretString ?? '',
      ...Object.fromEntries(Object.entries(connectors).map(([arn, { SecretString = '' }]) => [`connector secret ${arn}`, SecretString.trim()])),
      'password': this.password,
      'auth': auth,
      'docker config': dockerConfig,
      'data of the pull secret': Buffer.from(dockerConfig).toString('base64'),
      ...Object.fromEntries(written),
      'token for Kubernetes': 'k8s-aws-v1.',
      'signature for Kubernetes': this.sentSignature(),
      'address for the answer': this.answerKey,
    };
  }

  /** Signature in the token that was sent to Kubernetes last, or nothing. */
  private sentSignature(): string {
    const { token = '' } = this.kubernetes.requests.at(-1) ?? {};
    return /X-Amz-Signature=(\w+)/.exec(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())?.[1] ?? '';
  }

  private makeAws(): Aws {
    const aws = new Aws(this.functionKeys, this.vendorKeys);
    aws.secrets = { [KEYS_ARN]: { SecretString: JSON.stringify(this.vendorKeys) }, [TOKEN_ARN]: { SecretString: this.token } };
    this.aws = aws;
    this.authorize(`AWS:${this.password}`);
    return aws;
  }

  private makeKubernetes(): Kubernetes {
    return new Kubernetes('data', this.functionKeys, `sts.${REGION}.amazonaws.com`);
  }
}

/** What a test that sets up the world needs. */
export function useWorld(): () => World {
  let world: World;
  beforeAll(async () => { world = await World.start(); });
  beforeEach(() => world.reset());
  afterAll(() => world?.stop());
  return () => world;
}
