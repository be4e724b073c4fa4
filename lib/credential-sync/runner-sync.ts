import { CustomResource, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import { IGrantable } from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { grantSecretRead } from '../private/grants';
import { shellWord } from '../private/shell-word';
import { stableId } from '../private/stable-id';
import { warn } from '../private/warnings';
import { RunnerCluster } from '../runner-cluster';
import { RunnerImages } from '../runner-images';
import { RunnerNamespace } from '../runner-namespace';
import { Action, ConnectorSecretRequest, FIRST_SYNC_RESOURCE_TYPE, REQUEST_PROPERTY, SyncRequest, WorkloadRequest } from './contract';
import { CredentialSync } from './credential-sync';
import { rights } from './rights';
import { SecretChange } from './secret-change';

/** Name of the pull secret: the one the chart's documentation uses, so that a runner installed by hand is taken over. */
const PULL_SECRET_NAME = 'omd-registry-credentials';
const TOKEN_SECRET_NAME = 'hybrid-runner-token';
const TOKEN_SECRET_KEY = 'token';

/** Longer than the function's own limit, so that CloudFormation hears the function's reason, and far below its hour. */
const FIRST_SYNC_TIMEOUT = Duration.minutes(10);

/** What a runner wants synced. */
export interface RunnerSyncProps {
  readonly cluster: RunnerCluster;
  /** The one of the cluster and stack, if left out. */
  readonly credentialSync?: CredentialSync;
  readonly agentId: string;
  readonly namespace: RunnerNamespace;
  readonly images: RunnerImages;
  readonly authToken: ISecret;
  readonly authTokenField?: string;
  readonly workload: Omit<WorkloadRequest, 'roleArn'>;
  /** Role that the service account is annotated with; asked for at the end of synthesis. */
  readonly annotatedRoleArn: () => string | undefined;
}

/**
 * One runner's share of the credential sync: rights in its namespace, the first sync, and the schedule.
 */
export class RunnerSync extends Construct {
  public readonly credentialSync: CredentialSync;
  public readonly pullSecretName?: string;
  public readonly tokenSecretName = TOKEN_SECRET_NAME;
  public readonly tokenSecretKey = TOKEN_SECRET_KEY;
  /** Role and RoleBinding, which stand in the namespace. */
  public readonly rights: Construct;
  /** Once this is there, both Secrets exist and are valid. */
  public readonly firstSync: CustomResource;
  private readonly request: string;
  private readonly reader: IGrantable;
  private readonly connectorSecrets: ConnectorSecretRequest[] = [];
  private readonly secrets: ISecret[] = [];
  private change?: SecretChange;

  constructor(scope: Construct, id: string, private readonly props: RunnerSyncProps) {
    super(scope, id);
    this.credentialSync = props.credentialSync ?? CredentialSync._of(this, props.cluster);
    this.credentialSync._requireSameOptions(props.cluster);
    this.pullSecretName = props.images._registry && PULL_SECRET_NAME;
    this.request = this.makeRequest('sync');

    const manifest = rights({
      group: this.credentialSync.kubernetesGroup,
      namespace: props.namespace._name,
      secretNames: () => this.secretNames,
      workload: props.workload,
    });
    this.rights = props.cluster._adapter.addManifest(this, props.namespace._idOf('Rights'), { manifest });
    // Another one for another function, because CloudFormation does not change the service token of one.
    this.firstSync = new CustomResource(this, `FirstSync-${stableId(this.credentialSync, this)}`, {
      resourceType: FIRST_SYNC_RESOURCE_TYPE,
      serviceToken: this.credentialSync.lambdaFunction.functionArn,
      serviceTimeout: FIRST_SYNC_TIMEOUT,
      properties: { [REQUEST_PROPERTY]: this.request },
    });
    this.reader = this.credentialSync._reader(this, this.firstSync);
    this.firstSync.node.addDependency(this.rights, ...this.credentialSync._access);
    const { _registry: registry } = props.images;
    [props.authToken, ...registry ? [registry.credentials] : []].forEach((secret) => this.grantRead(secret));
  }

  /** Keeps one more Kubernetes Secret equal to a secret. */
  public addConnectorSecret(name: string, secret: ISecret, field?: string): void {
    this.grantRead(secret);
    this.connectorSecrets.push({ name, secretArn: secret.secretArn, field });
  }

  /** Names of the Kubernetes Secrets that the function writes. */
  public get secretNames(): string[] {
    return [...this.pullSecretName ? [this.pullSecretName] : [], TOKEN_SECRET_NAME, ...this.connectorSecrets.map(({ name }) => name)];
  }

  /** The AWS CLI line that syncs now. */
  public get renewCommand(): string {
    const { functionName } = this.credentialSync.lambdaFunction;
    return `aws lambda invoke --region ${this.region} --function-name ${functionName} --cli-binary-format raw-in-base64-out --payload '${this.request}' /dev/stdout`;
  }

  /** The line that says how the runner is. */
  public get statusCommand(): string {
    // With an equals sign, because an agent id may begin with a dash.
    return `npx cdk-collate-hybrid-runner status --region ${this.region} --function ${this.credentialSync.lambdaFunction.functionName} --agent=${shellWord(this.props.agentId)}`;
  }

  /** For a shell; a token stands for what AWS names, which needs no quotes. */
  private get region(): string {
    const { region } = Stack.of(this);
    return Token.isUnresolved(region) ? region : shellWord(region);
  }

  /** Syncs again and again, beginning after what is given is there. */
  public renew(period: Duration, after: Construct): void {
    this.schedule('Schedule', period, after, {
      input: this.request,
      delivery: 'certain',
      description: 'Renews the credentials of a Collate runner',
    });
  }

  /** Reports the status again and again. A report that was not delivered is made up for by the next one. */
  public report(interval: Duration, after: Construct): void {
    this.schedule('ReportSchedule', interval, after, {
      input: this.makeRequest('status'),
      delivery: 'once',
      description: 'Reports the status of a Collate runner',
    });
  }

  /** Syncs when one of the secrets changes. */
  public renewOnSecretChange(after: Construct): void {
    const change = new SecretChange(this, 'SecretChange', { lambdaFunction: this.credentialSync.lambdaFunction, input: this.request });
    change.node.addDependency(after);
    this.secrets.forEach((secret) => change.add(secret));
    this.change = change;
  }

  private schedule(id: string, period: Duration, after: Construct, { input, delivery, description }: { input: string; delivery: 'certain' | 'once'; description: string }): void {
    const { credentialSync } = this;
    const schedule = new scheduler.Schedule(this, id, {
      description: Lazy.string({ produce: () => `${description} (${this.node.scope?.node.path})`.slice(0, 512) }),
      schedule: scheduler.ScheduleExpression.rate(period),
      target: credentialSync._target(input, period, delivery),
    });
    schedule.node.addDependency(after);
  }

  private grantRead(secret: ISecret): void {
    grantSecretRead(this, this.reader, secret);
    this.warnOfAmbiguousName(secret);
    this.secrets.push(secret);
    this.change?.add(secret);
  }

  /** https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen */
  private warnOfAmbiguousName({ secretFullArn, secretName, node }: ISecret): void {
    if (secretFullArn === undefined && !Token.isUnresolved(secretName) && /-[A-Za-z0-9]{6}$/.test(secretName)) {
      warn(this, `ambiguousSecretName:${secretName}`, `secret ${node.path} is known by its name ${JSON.stringify(secretName)} alone, whose hyphen and six characters at the end Secrets Manager takes for the end of an ARN: refer to it by its complete ARN, as by Secret.fromSecretCompleteArn, or give it another name`);
    }
  }

  /** As JSON, rendered at the end of synthesis, when all connector secrets and grants are known. */
  private makeRequest(action: Action): string {
    const { agentId, namespace: { _name: namespace }, images: { _registry: registry }, authToken, authTokenField, workload, annotatedRoleArn } = this.props;
    return Lazy.string({
      produce: () => serialize({
        action,
        agentId,
        namespace,
        pullSecret: registry && {
          name: PULL_SECRET_NAME,
          credentialsSecretArn: registry.credentials.secretArn,
          registryAccount: registry.account,
          registryRegion: registry.region,
          registryHost: registry.host,
        },
        tokenSecret: {
          name: TOKEN_SECRET_NAME,
          key: TOKEN_SECRET_KEY,
          secretArn: authToken.secretArn,
          field: authTokenField,
        },
        connectorSecrets: this.connectorSecrets.length > 0 ? this.connectorSecrets : undefined,
        workload: { ...workload, roleArn: annotatedRoleArn() },
      }),
    });
  }
}

/**
 * The request as JSON that survives single quotes in a shell and the scheduler's `<aws.scheduler.…>` keywords.
 * Its tokens are ARNs, which need no escaping.
 */
function serialize(request: SyncRequest): string {
  const escapes: Record<string, string> = { '\'': '\\u0027', '<': '\\u003c', '>': '\\u003e' };
  return JSON.stringify(request).replace(/['<>]/g, (character) => escapes[character]);
}
