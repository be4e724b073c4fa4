import { CustomResource, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { grantSecretRead } from '../private/grants';
import { RunnerCluster } from '../runner-cluster';
import { RunnerImages } from '../runner-images';
import { FIRST_SYNC_RESOURCE_TYPE, REQUEST_PROPERTY, SyncRequest } from './contract';
import { CredentialSync } from './credential-sync';

/** Name of the pull secret: the one the chart's documentation uses, so that a runner installed by hand is taken over. */
const PULL_SECRET_NAME = 'omd-registry-credentials';
const TOKEN_SECRET_NAME = 'hybrid-runner-token';
const TOKEN_SECRET_KEY = 'token';

/** Name of the Role and RoleBinding in the runner's namespace. */
const RBAC_NAME = 'collate-credential-sync';

/** Longer than the function's own limit, so that CloudFormation hears the function's reason, and far below its hour. */
const FIRST_SYNC_TIMEOUT = Duration.minutes(10);

/** What a runner wants synced. */
export interface RunnerSyncProps {
  readonly cluster: RunnerCluster;
  readonly agentId: string;
  readonly namespace: string;
  readonly images: RunnerImages;
  readonly authToken: ISecret;
  readonly authTokenField?: string;
}

/**
 * One runner's share of the credential sync: rights in its namespace, the first sync, and the schedule.
 */
export class RunnerSync extends Construct {
  public readonly credentialSync: CredentialSync;
  public readonly pullSecretName?: string;
  public readonly tokenSecretName = TOKEN_SECRET_NAME;
  public readonly tokenSecretKey = TOKEN_SECRET_KEY;
  /** Once this is there, both Secrets exist and are valid. */
  public readonly firstSync: CustomResource;
  private readonly request: string;

  constructor(scope: Construct, id: string, props: RunnerSyncProps) {
    super(scope, id);
    this.credentialSync = CredentialSync._of(this, props.cluster);
    const registry = props.images._registry;
    this.pullSecretName = registry && PULL_SECRET_NAME;
    this.request = serialize({
      action: 'sync',
      agentId: props.agentId,
      namespace: props.namespace,
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
        secretArn: props.authToken.secretArn,
        field: props.authTokenField,
      },
    });

    const rights = props.cluster._adapter.addManifest(this, 'Rights', { manifest: this.rights(props.namespace) });
    this.firstSync = new CustomResource(this, 'FirstSync', {
      resourceType: FIRST_SYNC_RESOURCE_TYPE,
      serviceToken: this.credentialSync.lambdaFunction.functionArn,
      serviceTimeout: FIRST_SYNC_TIMEOUT,
      properties: { [REQUEST_PROPERTY]: this.request },
    });
    this.firstSync.node.addDependency(rights, ...this.credentialSync._access);
    for (const secret of [props.authToken, ...registry ? [registry.credentials] : []]) {
      grantSecretRead(this, this.credentialSync.role, secret).applyBefore(this.firstSync);
    }
  }

  /** The AWS CLI line that syncs now. */
  public get renewCommand(): string {
    const { functionName } = this.credentialSync.lambdaFunction;
    return `aws lambda invoke --region ${Stack.of(this).region} --function-name ${functionName} --cli-binary-format raw-in-base64-out --payload '${this.request}' /dev/stdout`;
  }

  /** Syncs again and again, beginning after what is given is there. */
  public schedule(period: Duration, after: Construct): void {
    const { credentialSync } = this;
    const schedule = new scheduler.Schedule(this, 'Schedule', {
      description: Lazy.string({ produce: () => `Renews the credentials of a Collate runner (${this.node.scope?.node.path})`.slice(0, 512) }),
      schedule: scheduler.ScheduleExpression.rate(period),
      target: new LambdaInvoke(credentialSync.lambdaFunction, {
        role: credentialSync._schedulerRole,
        deadLetterQueue: credentialSync.deadLetterQueue,
        input: scheduler.ScheduleTargetInput.fromText(this.request),
        // A delivery later than the next one is of no use.
        maxEventAge: period,
      }),
    });
    schedule.node.addDependency(after);
  }

  /** Exactly the two Secrets, and the two verbs that a server-side apply checks. */
  private rights(namespace: string): Record<string, unknown>[] {
    const metadata = { name: RBAC_NAME, namespace };
    const resourceNames = [...this.pullSecretName ? [this.pullSecretName] : [], TOKEN_SECRET_NAME];
    return [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames, verbs: ['create', 'patch'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: RBAC_NAME },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: this.credentialSync.kubernetesGroup }],
      },
    ];
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
