import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { SyncEnvironment } from '../contract';
import { ApiServer } from './api-server';
import { CLIENT_OPTIONS } from './aws-client';
import { Credentials, signToken } from './eks-token';
import { StageFailure, errorName, kubernetesFailure } from './failure';
import { Kubernetes } from './kubernetes';
import { Clock, Patience, persist } from './patience';

/** A variable of the environment that must be there. */
function requireEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw kubernetesFailure('environment', `environment variable ${name} is not set`, 'cdk deploy --revert-drift sets it again');
  }
  return value;
}

/** Says how to reach and to sign in to the cluster of the environment. */
export async function connect(clock: Clock, patience: Patience, deadline: number): Promise<Kubernetes> {
  const clusterName = requireEnvironment(SyncEnvironment.CLUSTER_NAME);
  const region = requireEnvironment('AWS_REGION');
  return {
    server: knownApiServer() ?? await describeApiServer(clusterName, region, clock, patience, deadline),
    token: () => signToken(clusterName, region, ownCredentials(), new Date(clock.now())),
    clock,
    patience,
    deadline,
  };
}

function knownApiServer(): ApiServer | undefined {
  const { CLUSTER_ENDPOINT: endpoint, CLUSTER_CERTIFICATE_AUTHORITY: certificateAuthority } = process.env;
  return endpoint && certificateAuthority ? { endpoint, certificateAuthority: decode(certificateAuthority) } : undefined;
}

async function describeApiServer(clusterName: string, region: string, clock: Clock, patience: Patience, deadline: number): Promise<ApiServer> {
  const client = new EKSClient({ ...CLIENT_OPTIONS, region });
  try {
    const { cluster } = await persist(
      () => client.send(new DescribeClusterCommand({ name: clusterName })),
      (error) => ({ patience: errorName(error) === 'AccessDeniedException' ? patience.accessDenied : 0 }),
      clock,
      deadline,
    );
    if (!cluster?.endpoint || !cluster.certificateAuthority?.data) {
      throw kubernetesFailure('cluster', `cluster ${clusterName} has no endpoint yet`, 'wait until it is ACTIVE, then renew');
    }
    return { endpoint: cluster.endpoint, certificateAuthority: decode(cluster.certificateAuthority.data) };
  } catch (error) {
    throw error instanceof StageFailure ? error : explainDescription(clusterName, errorName(error));
  } finally {
    client.destroy();
  }
}

function explainDescription(clusterName: string, name: string): StageFailure {
  const instead = 'or import the cluster with clusterEndpoint and clusterCertificateAuthorityData';
  switch (name) {
    case 'ResourceNotFoundException':
      return kubernetesFailure('cluster', `cluster ${clusterName} does not exist`, 'it is gone, or its name or the stack\'s region is wrong: correct it where it is imported');
    case 'AccessDeniedException':
      return kubernetesFailure('denied', `cluster ${clusterName} may not be described by the function`, `a VPC endpoint policy, a permissions boundary or a service control policy denies eks:DescribeCluster: admit the function's role, ${instead}`);
    default:
      return kubernetesFailure('cluster', `cluster ${clusterName} could not be described (${name})`, `check that the function has a way to EKS, ${instead}`);
  }
}

/** Read for each token: the runtime renews them while the function lives. */
function ownCredentials(): Credentials {
  return {
    accessKeyId: requireEnvironment('AWS_ACCESS_KEY_ID'),
    secretAccessKey: requireEnvironment('AWS_SECRET_ACCESS_KEY'),
    sessionToken: process.env.AWS_SESSION_TOKEN,
  };
}

function decode(certificate: string): string {
  return Buffer.from(certificate, 'base64').toString();
}
