import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { RunnerCluster } from '../runner-cluster';

/**
 * Properties of `CredentialSync`.
 */
export interface CredentialSyncProps {
  /**
   * The cluster whose runners get their credentials from this function. One that this app makes must be in a stack of the
   * same account and region.
   */
  readonly cluster: RunnerCluster;

  /**
   * Role of the function. Its trust policy is yours: it must let `lambda.amazonaws.com` in. The rights are added to its
   * policies, unless it is one that is not changed, such as of `withoutPolicyUpdates()`: docs/security.md lists them.
   * Refer to a role of another stack by `Role.fromRoleArn` in this one. One of another account is refused.
   *
   * @default - one is made
   */
  readonly role?: iam.IRole;

  /**
   * Role by which the schedules invoke the function. Its policies and its trust policy are yours: it must let
   * `scheduler.amazonaws.com` in, and may do what docs/security.md lists. One of another account is refused.
   *
   * @default - one is made
   */
  readonly schedulerRole?: iam.IRole;

  /**
   * Permissions boundary of the roles that are made, in place of that of the stack or app.
   *
   * @default - that of the stack or app, if it has one
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * Customer-managed key of the function's log, environment and, where one is made, dead-letter queue, in the stack's
   * region. The policy of a key of this app gets what CloudWatch Logs needs, that of an imported one must let
   * `logs.REGION.amazonaws.com` in.
   *
   * @default - keys of AWS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long the function's log is kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Queue for invocations that were not delivered or failed three times.
   *
   * @default - one is made, which keeps them for 14 days
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Invocations at a time that the function has for itself, out of the account's. Each runner needs one every
   * `renewalPeriod` and one for each report of its `monitoring`, every 5 minutes by default, both for a few seconds. One
   * that finds none free is tried again.
   *
   * @default - it shares the account's with other functions
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * Tracing with AWS X-Ray. It adds the right to write traces, which IAM cannot limit to a resource.
   *
   * @default Tracing.DISABLED
   */
  readonly tracing?: lambda.Tracing;
}
