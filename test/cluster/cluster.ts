import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { StatusReport, SyncRequest } from '../../lib/credential-sync/contract';
import { ApiCall, ApiResponse, send } from '../../lib/credential-sync/handler/api-server';
import { signToken } from '../../lib/credential-sync/handler/eks-token';
import { makeCertificate } from '../credential-sync/handler/https-server';
import { Lambda, Outcome } from '../credential-sync/handler/lambda';
import { makeKeys, makeToken } from '../credential-sync/handler/world';
import { FIRST_SYNC, REGION, flatten, manifests, only, synthesize } from '../helpers';
import { AwsEmulator, Credentials } from './parts/aws-emulator';
import { ControlPlane } from './parts/control-plane';

export const PULL_SECRET = 'omd-registry-credentials';
export const TOKEN_SECRET = 'hybrid-runner-token';

export const TEMPLATE = synthesize();
const { KubernetesGroups: GROUPS, AccessPolicies } = only(TEMPLATE, 'AWS::EKS::AccessEntry').Properties;
if (AccessPolicies) {
  throw new Error('the access entry has access policies, which are EKS\'s own and unknown here');
}

const REQUEST: SyncRequest = JSON.parse(flatten(only(TEMPLATE, FIRST_SYNC).Properties.Request));

export const ARGO_NAMESPACE = 'argo-workflows';

/** All that the template says of rights in Kubernetes, of whatever kind and wherever. */
const RIGHTS = manifests(TEMPLATE).filter(({ apiVersion }) => apiVersion.startsWith('rbac.authorization.k8s.io/'));

/** The template's rights, but for those in the namespace of Argo Workflows, as if the runner's namespace were this one. */
export function rightsIn(namespace: string): any[] {
  return RIGHTS
    .filter(({ metadata }) => metadata.namespace !== ARGO_NAMESPACE)
    .map((object) => object.metadata.namespace === REQUEST.namespace ? { ...object, metadata: { ...object.metadata, namespace } } : object);
}

/** The template's rights in the namespace of Argo Workflows. */
export function rightsOnArgo(): any[] {
  return RIGHTS.filter(({ metadata }) => metadata.namespace === ARGO_NAMESPACE);
}

/** A control plane, an AWS emulator, and the shipped function with its own role, let in by its access entry alone. */
export class Cluster {
  public static async start(): Promise<Cluster> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cluster-'));
    let cluster: Cluster | undefined;
    try {
      const certificate = await makeCertificate(`sts.${REGION}.amazonaws.com`);
      const aws = await AwsEmulator.start(folder, certificate, { account: '123456789012', region: REGION });
      cluster = new Cluster(folder, aws);
      cluster.plane = await ControlPlane.start(folder, certificate, aws);
      await cluster.prepare();
      return cluster;
    } catch (error) {
      await cluster?.stop();
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  public plane!: ControlPlane;
  public lambda!: Lambda;
  public token = makeToken();
  private credentials!: Credentials;
  private readonly secrets: SecretsManagerClient;
  private roleArn = '';
  private keysArn = '';
  private tokenArn = '';
  private namespaces = 0;

  private constructor(private readonly folder: string, public readonly aws: AwsEmulator) {
    this.secrets = new SecretsManagerClient({ region: REGION, endpoint: aws.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  }

  /** Lets the function's role in, as the template's access entry says. */
  public admit(): Promise<void> {
    return this.plane.addAccessEntry({ rolearn: this.roleArn, username: `${this.roleArn}/{{SessionName}}`, groups: GROUPS });
  }

  /** Credentials of a role that is let in and may do what every identity may. */
  public async admitNobody(): Promise<Credentials> {
    const { roleArn, credentials } = await this.aws.assumeNewRole('nobody');
    await this.plane.addAccessEntry({ rolearn: roleArn, username: roleArn, groups: [] });
    return credentials;
  }

  /** Asks the API server as the function, or as another identity, by a token of its own. */
  public async ask(call: ApiCall, credentials: Credentials = this.credentials): Promise<ApiResponse> {
    const server = { endpoint: this.plane.endpoint, certificateAuthority: Buffer.from(this.plane.environment.CLUSTER_CERTIFICATE_AUTHORITY, 'base64').toString() };
    return send(server, call, await signToken(this.plane.environment.CLUSTER_NAME, REGION, credentials, new Date()));
  }

  /** A namespace, with the function's rights in it unless said otherwise. */
  public async makeNamespace({ rights = true } = {}): Promise<string> {
    const name = `runner-${++this.namespaces}`;
    await this.plane.request('POST', '/api/v1/namespaces', { metadata: { name } });
    if (rights) {
      await this.grant(name);
    }
    return name;
  }

  public async grant(namespace: string, rights = rightsIn(namespace)): Promise<void> {
    for (const object of rights) {
      const { kind, apiVersion, metadata } = object;
      const within = metadata.namespace ? `namespaces/${metadata.namespace}/` : '';
      const { status, body } = await this.plane.apply(`/apis/${apiVersion}/${within}${kind.toLowerCase()}s/${metadata.name}`, object);
      if (status > 201) {
        throw new Error(`${kind} ${metadata.name}: ${status} ${body.message}`);
      }
    }
  }

  public async makeSecret(namespace: string, name: string, type: string, data: Record<string, string>, more: Record<string, unknown> = {}): Promise<any> {
    const { status, body } = await this.plane.request('POST', `/api/v1/namespaces/${namespace}/secrets?fieldManager=kubectl-create`, { metadata: { name, ...more.metadata as object }, type, stringData: data, ...more.immutable === true && { immutable: true } });
    if (status !== 201) {
      throw new Error(`Secret ${namespace}/${name}: ${status} ${body.message}`);
    }
    return body;
  }

  public secret(namespace: string, name: string): Promise<any> {
    return this.plane.find(`/api/v1/namespaces/${namespace}/secrets/${name}`);
  }

  public request(namespace: string, changes: Partial<SyncRequest> = {}): SyncRequest {
    return {
      ...REQUEST,
      namespace,
      pullSecret: { ...REQUEST.pullSecret!, credentialsSecretArn: this.keysArn },
      tokenSecret: { ...REQUEST.tokenSecret, secretArn: this.tokenArn },
      ...changes,
    };
  }

  public async status(namespace: string, changes: Partial<SyncRequest> = {}): Promise<StatusReport> {
    const { result, error } = await this.sync(namespace, { action: 'status', ...changes });
    if (error) {
      throw new Error(error.message);
    }
    return result;
  }

  public sync(namespace: string, changes: Partial<SyncRequest> = {}): Promise<Outcome> {
    return this.lambda.invoke({ event: this.request(namespace, changes), environment: this.plane.environment, remaining: 20_000 });
  }

  public async replaceToken(token: string): Promise<void> {
    this.token = token;
    await this.secrets.send(new PutSecretValueCommand({ SecretId: this.tokenArn, SecretString: token }));
  }

  public async makeAwsSecret(value: string): Promise<string> {
    const { ARN } = await this.secrets.send(new CreateSecretCommand({ Name: `collate/${Math.random()}`, SecretString: value }));
    return ARN!;
  }

  /** One more function like the first, in a process of its own, which keeps what an invocation sets in its environment. */
  public startLambda(credentials: Credentials = this.credentials): Promise<Lambda> {
    return Lambda.start({
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.aws.endpoint,
      AWS_ENDPOINT_URL_ECR: this.aws.endpoint,
      AWS_ENDPOINT_URL_EKS: this.aws.endpoint,
    });
  }

  public async stop(): Promise<void> {
    this.lambda?.stop();
    await this.plane?.stop();
    await this.aws.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async prepare(): Promise<void> {
    this.keysArn = await this.makeAwsSecret(JSON.stringify(makeKeys()));
    this.tokenArn = await this.makeAwsSecret(this.token);
    const { roleArn, credentials } = await this.aws.assumeNewRole('credential-sync');
    this.roleArn = roleArn;
    this.credentials = credentials;
    this.lambda = await this.startLambda();
  }
}

/** What a test that needs a cluster sets up. */
export function useCluster(): () => Cluster {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.admit();
  });
  afterAll(() => cluster?.stop());
  return () => cluster;
}

export const decode = (value: string): string => Buffer.from(value, 'base64').toString();
