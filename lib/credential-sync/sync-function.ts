import * as path from 'path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { isImported } from '../private/attached-rights';
import { ClusterAdapter, VpcPlacement } from '../private/cluster-adapter';
import { keyItself } from '../private/key-of-alias';
import { makeRole } from '../private/make-role';
import { warn } from '../private/warnings';
import { RunnerCluster } from '../runner-cluster';
import { SyncEnvironment } from './contract';
import { CredentialSyncProps } from './credential-sync-props';
import { admitLogs, useKey } from './sync-encryption';

/** The bundle is made when this package is built, never at synthesis. */
const BUNDLE = path.join(__dirname, 'handler.bundle');

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK_INTERFACES = [
  'AssignPrivateIpAddresses', 'CreateNetworkInterface', 'DeleteNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'UnassignPrivateIpAddresses',
].map((action) => `ec2:${action}`);

/** The function that syncs, with what it needs to run: role, log group, dead-letter queue and a place in the network. */
export class SyncFunction extends Construct {
  public readonly lambdaFunction: lambda.Function;
  public readonly role: iam.IRole;
  public readonly deadLetterQueue: sqs.IQueue;

  constructor(scope: Construct, id: string, props: CredentialSyncProps) {
    super(scope, id);
    const { cluster } = props;
    const encryptionKey = props.encryptionKey && keyItself(props.encryptionKey);
    const adapter = cluster._adapter;
    const placement = place(this, cluster);

    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
      encryptionKey,
    });
    this.deadLetterQueue = props.deadLetterQueue ?? new sqs.Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      encryption: encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: encryptionKey,
      enforceSSL: true,
    });
    // No name: an access entry holds on to the principal, and a role made again under the same name is another one.
    this.role = props.role ?? makeRole(this, 'Role', {
      description: 'Writes registry credentials and runner tokens of Collate runners into an EKS cluster',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      permissionsBoundary: props.permissionsBoundary,
    });
    // Not by grantWrite, which for a role that may not be changed makes one of the few resource policies of CloudWatch Logs.
    iam.Grant.addToPrincipal({
      grantee: this.role,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resourceArns: [logGroup.logGroupArn],
    });
    if (encryptionKey) {
      admitLogs(this, encryptionKey);
      this.role.addToPrincipalPolicy(useKey(this, encryptionKey, 'lambda'));
    }
    if (this.deadLetterQueue.encryptionMasterKey) {
      this.role.addToPrincipalPolicy(useKey(this, this.deadLetterQueue.encryptionMasterKey, 'sqs'));
    }

    this.lambdaFunction = new lambda.Function(this, 'Function', {
      description: 'Renews registry credentials and runner tokens of Collate Hybrid Ingestion Runners',
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(BUNDLE),
      timeout: Duration.minutes(5),
      memorySize: 256,
      role: this.role,
      logGroup,
      deadLetterQueue: this.deadLetterQueue,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      tracing: props.tracing,
      environment: environment(adapter),
      environmentEncryption: encryptionKey,
      vpc: placement?.vpc,
      vpcSubnets: placement?.subnets,
      securityGroups: placement?.securityGroups,
    });
    // Not by the placement: an injector of the app's may have put it into a VPC.
    if (this.lambdaFunction.isBoundToVpc) {
      this.admitNetworkInterfaces();
    }
    if (!adapter.apiServer()) {
      this.role.addToPrincipalPolicy(new iam.PolicyStatement({
        actions: ['eks:DescribeCluster'],
        resources: [adapter.cluster.clusterArn],
      }));
    }
    const inVpc = cluster._options.functionPlacement?._inVpc;
    if (inVpc && !inVpc.securityGroups) {
      openApiServer(this, adapter, this.lambdaFunction);
    }
  }

  /** Lets Lambda place the function in a VPC. CloudFormation attaches no policy of AWS to a role that it did not make. */
  private admitNetworkInterfaces(): void {
    if (isImported(this.role)) {
      this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: NETWORK_INTERFACES, resources: ['*'] }));
      return;
    }
    this.role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaENIManagementAccess'));
  }
}

function environment(adapter: ClusterAdapter): Record<string, string> {
  const apiServer = adapter.apiServer();
  return {
    [SyncEnvironment.CLUSTER_NAME]: adapter.cluster.clusterName,
    ...apiServer && {
      [SyncEnvironment.CLUSTER_ENDPOINT]: apiServer.endpoint,
      [SyncEnvironment.CLUSTER_CERTIFICATE_AUTHORITY]: apiServer.certificateAuthority,
    },
  };
}

function place(scope: Construct, { _adapter, _options }: RunnerCluster): VpcPlacement | undefined {
  switch (_options.functionPlacement?._kind) {
    case 'outside-vpc': return undefined;
    case 'in-vpc': return _options.functionPlacement._inVpc;
    default: return _adapter.kubectlPlacement(scope);
  }
}

function openApiServer(scope: Construct, { cluster }: ClusterAdapter, lambdaFunction: lambda.Function): void {
  if (cluster.connections.securityGroups.length === 0) {
    warn(scope, 'clusterSecurityGroupUnknown', `imported cluster ${cluster.node.path} lacks clusterSecurityGroupId or securityGroupIds: let the function's security group in on port 443 yourself`);
  }
  // As remote rules, which stand in this stack: a rule in the cluster's would make both stacks depend on each other.
  for (const group of cluster.connections.securityGroups) {
    lambdaFunction.connections.securityGroups.forEach((own) =>
      group.addIngressRule(own, ec2.Port.HTTPS, 'Collate credential sync to the Kubernetes API server', true));
  }
}
