import { Names } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IDependable } from 'constructs';
import { clusterId, stackSingleton } from '../private/cluster-key';
import { RunnerCluster } from '../runner-cluster';
import { grantClusterAccess } from './cluster-access';
import { SyncFunction } from './sync-function';

/**
 * Properties of `CredentialSync`.
 */
export interface CredentialSyncProps {
  /** The cluster whose runners get their credentials from this function. */
  readonly cluster: RunnerCluster;
}

/**
 * The function that writes the pull secrets and tokens of a cluster's runners.
 *
 * A runner finds the one of its cluster and stack, or makes it, so that there is no need to make one. The function
 * holds no state: what to write where is said by whoever invokes it.
 */
export class CredentialSync extends Construct {
  /**
   * The sync of a cluster in the stack of the scope.
   *
   * @internal
   */
  public static _of(scope: Construct, cluster: RunnerCluster): CredentialSync {
    return stackSingleton(scope, `CollateCredentialSync-${clusterId(cluster._adapter)}`,
      (stack, id) => new CredentialSync(stack, id, { cluster }));
  }

  /** The function. */
  public readonly lambdaFunction: lambda.IFunction;

  /** Role of the function. It may read the registered secrets, and writes into Kubernetes as member of `kubernetesGroup`. */
  public readonly role: iam.IRole;

  /** The Kubernetes group of the function, bound to a Role in the namespace of each runner. */
  public readonly kubernetesGroup: string;

  /** Where invocations end up that were not delivered or failed three times. */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * What the first sync of a runner must wait for.
   *
   * @internal
   */
  public readonly _access: IDependable[];

  /**
   * What lets EventBridge Scheduler invoke the function.
   *
   * @internal
   */
  public readonly _schedulerRole: iam.IRole;

  constructor(scope: Construct, id: string, props: CredentialSyncProps) {
    super(scope, id);
    const sync = new SyncFunction(this, 'Sync', props.cluster);
    this.lambdaFunction = sync.lambdaFunction;
    this.role = sync.role;
    this.deadLetterQueue = sync.deadLetterQueue;
    this.kubernetesGroup = `collate-credential-sync-${Names.nodeUniqueId(this.node).slice(-8).toLowerCase()}`;
    this._access = grantClusterAccess(this, props.cluster, this.role, this.kubernetesGroup);
    this._schedulerRole = this.makeSchedulerRole();
  }

  private makeSchedulerRole(): iam.IRole {
    const role = new iam.Role(this, 'SchedulerRole', {
      description: 'Invokes the credential sync of Collate runners on schedule',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.lambdaFunction.env.account } },
      }),
      inlinePolicies: {
        Invoke: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.lambdaFunction.functionArn] }),
            new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetterQueue.queueArn] }),
          ],
        }),
      },
    });
    // The schedules' targets would add the right to invoke every version of the function.
    return role.withoutPolicyUpdates();
  }
}
