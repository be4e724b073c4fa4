import { Duration, Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IDependable } from 'constructs';
import { FunctionPlacement } from '../function-placement';
import { AttachedRights, granteeIn, isImmutable } from '../private/attached-rights';
import { clusterId, clusterKey, stackSingleton } from '../private/cluster-key';
import { requireRoleOfAccount } from '../private/environment';
import { makeRole } from '../private/make-role';
import { digest, outermostStack, placeInStack } from '../private/stable-id';
import { requireWholeNumber } from '../private/validation';
import { RunnerCluster, RunnerClusterOptions } from '../runner-cluster';
import { grantClusterAccess } from './cluster-access';
import { CredentialSyncProps } from './credential-sync-props';
import { useKey } from './sync-encryption';
import { SyncFunction } from './sync-function';

/**
 * The function that writes the pull secrets and tokens of a cluster's runners.
 *
 * A runner finds or makes the one of its cluster and stack: make one yourself only to set its options or to share it
 * between stacks. The function is stateless: each invocation says what to write where.
 */
export class CredentialSync extends Construct {
  /**
   * The sync of a cluster in the stack of the scope.
   *
   * @internal
   */
  public static _of(scope: Construct, cluster: RunnerCluster): CredentialSync {
    return stackSingleton(scope, `CollateCredentialSync-${clusterId(scope, cluster._adapter)}`,
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
   * The cluster, as `clusterKey` tells it from others.
   *
   * @internal
   */
  public readonly _clusterKey: string;

  /** What was said of the cluster, which holds for all its runners. */
  private readonly clusterOptions: RunnerClusterOptions;

  /** What lets EventBridge Scheduler invoke the function. */
  private readonly schedulerRole: iam.IRole;

  /**
   * Fails if the cluster is made in a stack of another account or region, if `permissionsBoundary` is given although no
   * role is made, if `role` or `schedulerRole` is of another account, if `role` is of another stack or is let into the
   * cluster for another sync already, if `deadLetterQueue` is a FIFO queue, or if `reservedConcurrentExecutions` admits
   * no invocation.
   */
  constructor(scope: Construct, id: string, props: CredentialSyncProps) {
    super(scope, id);
    if (props.permissionsBoundary && props.role && props.schedulerRole) {
      throw new Error('permissionsBoundary must not be given together with role and schedulerRole, because then no role is made: set it on those roles');
    }
    // None at all is how Lambda switches a function off.
    requireWholeNumber('reservedConcurrentExecutions', props.reservedConcurrentExecutions, 1, 'to share the account\'s');
    props.cluster._adapter.requireSamePlace(this);
    requireRoleOfAccount(this, 'role', props.role, 'leave it out');
    requireRoleOfAccount(this, 'schedulerRole', props.schedulerRole, 'leave it out');
    this.requireOwnStack(props.role);
    requireStandardQueue(props.deadLetterQueue);
    this._clusterKey = clusterKey(this, props.cluster._adapter);
    this.clusterOptions = props.cluster._options;
    const sync = new SyncFunction(this, 'Sync', props);
    this.lambdaFunction = sync.lambdaFunction;
    this.role = sync.role;
    this.deadLetterQueue = sync.deadLetterQueue;
    this.kubernetesGroup = groupOf(this);
    this.refuseSharedRole(props);
    this._access = grantClusterAccess(this, props.cluster, this.role, this.kubernetesGroup);
    this.schedulerRole = props.schedulerRole ?? this.makeSchedulerRole(props);
  }

  /**
   * Fails if a runner says something else of the cluster than what the function was made with.
   *
   * @internal
   */
  public _requireSameOptions({ _adapter: { cluster }, _options: { accessEntry, functionPlacement } }: RunnerCluster): void {
    // An access entry that is not named is one that lets the function in: only false says something else.
    const { accessEntry: entry = true, functionPlacement: placement = FunctionPlacement.likeKubectl() } = this.clusterOptions;
    const others = [
      ...accessEntry !== undefined && accessEntry !== entry ? ['accessEntry'] : [],
      ...functionPlacement !== undefined && !functionPlacement._isSame(placement) ? ['functionPlacement'] : [],
    ];
    if (others.length > 0) {
      throw new Error(`${others.join(' and ')} of cluster ${cluster.node.path} must be what ${this.node.path} was made with, because its runners share that function: say the same for each runner, or leave it out of the later ones`);
    }
  }

  /**
   * Whom to grant the secrets of a runner. The function waits for its role and its policies anyway; policies that are
   * attached to it come before the first sync.
   *
   * @internal
   */
  public _reader(runner: Construct, firstSync: Construct): iam.IGrantable {
    const reader = granteeIn(runner, this.role);
    if (reader instanceof AttachedRights) {
      firstSync.node.addDependency(reader);
    }
    return reader;
  }

  /**
   * The function as what a schedule invokes. Not the CDK's own target, which also lets the role invoke every version of
   * the function. Where it does not insist, an invocation that was not delivered is left to the next one.
   *
   * @internal
   */
  public _target(request: string, period: Duration, delivery: 'certain' | 'once'): scheduler.IScheduleTarget {
    return {
      bind: () => ({
        arn: this.lambdaFunction.functionArn,
        role: this.schedulerRole,
        ...delivery === 'certain' && { deadLetterConfig: { arn: this.deadLetterQueue.queueArn } },
        input: scheduler.ScheduleTargetInput.fromText(request),
        // A delivery later than the next one is of no use.
        retryPolicy: { maximumEventAgeInSeconds: period.toSeconds(), maximumRetryAttempts: delivery === 'certain' ? 185 : 0 },
      }),
    };
  }

  /** The function waits for its role, and the rights that it adds name what it is made with. */
  private requireOwnStack(role: iam.IRole | undefined): void {
    if (!role || isImmutable(role) || Stack.of(role) === Stack.of(this)) {
      return;
    }
    const [own, other] = [this, role].map((construct) => Stack.of(construct).node.path);
    throw new Error(`role must be of stack ${own}, where the function is, got ${role.node.path} of stack ${other}, and both would depend on each other: refer to it by Role.fromRoleArn in stack ${own}, or give it the rights that docs/security.md lists and pass it withoutPolicyUpdates()`);
  }

  /** A cluster takes a role once, and with the groups of one sync. */
  private refuseSharedRole({ role, cluster: { _options: { accessEntry } } }: CredentialSyncProps): void {
    if (!role || accessEntry === false) {
      return;
    }
    const all = (Stage.of(this) ?? this.node.root).node.findAll();
    const other = all.find((node) => node instanceof CredentialSync && node !== this && node._clusterKey === this._clusterKey && roleKey(node.role) === roleKey(role));
    if (other) {
      throw new Error(`role must not be that of another CredentialSync of the cluster, got ${role.node.path}, which ${other.node.path} has: give its runners that one as credentialSync, or this one another role`);
    }
  }

  private makeSchedulerRole({ permissionsBoundary }: CredentialSyncProps): iam.IRole {
    const queueKey = this.deadLetterQueue.encryptionMasterKey;
    return makeRole(this, 'SchedulerRole', {
      description: 'Invokes the credential sync of Collate runners on schedule',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.lambdaFunction.env.account } },
      }),
      permissionsBoundary,
      inlinePolicies: {
        Invoke: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.lambdaFunction.functionArn] }),
            new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetterQueue.queueArn] }),
            ...queueKey ? [useKey(this, queueKey, 'sqs')] : [],
          ],
        }),
      },
    });
  }
}

function requireStandardQueue(queue: sqs.IQueue | undefined): void {
  if (queue?.fifo) {
    throw new Error(`deadLetterQueue must be a standard queue, got ${queue.node.path}, which is a FIFO queue: neither Lambda nor EventBridge Scheduler puts dead letters into one`);
  }
}

/** The same for two imports of one role. */
function roleKey(role: iam.IRole): string {
  return role.node.defaultChild ? role.node.path : JSON.stringify(Stack.of(role).resolve(role.roleArn));
}

/** With the stack's name, because another app may have the same constructs and serve the same cluster. */
function groupOf(sync: CredentialSync): string {
  return `collate-credential-sync-${digest(outermostStack(sync).stackName, placeInStack(sync))}`;
}
