import * as fs from 'fs';
import * as path from 'path';
import { Certificate } from '../../credential-sync/handler/https-server';
import { AwsEmulator, AwsEnvironment, partitionOf } from '../parts/aws-emulator';
import { AccessEntry, ControlPlane } from '../parts/control-plane';
import { Kubelet } from '../parts/kubelet';
import { Prerequisites } from './prerequisites';
import { Made, Provider, Request, Step } from './stack';
import { stopAll } from './stop-all';

const ADMINISTRATORS = 'system:masters';
const ADMINISTRATOR_POLICY = 'AmazonEKSClusterAdminPolicy';

export interface RehearsedCluster {
  readonly plane: ControlPlane;
  readonly kubelet: Kubelet;
}

/** One control plane for each cluster that the assembly makes or refers to. */
export class Clusters {
  private readonly clusters = new Map<string, Promise<RehearsedCluster>>();
  private readonly own = new Set<string>();
  private stopped = false;

  constructor(
    private readonly folder: string,
    private readonly certificate: Certificate,
    private readonly aws: AwsEmulator,
    private readonly environment: AwsEnvironment,
    private readonly prerequisites: Prerequisites | undefined,
    private readonly report: (step: Step) => void,
  ) {}

  public async get(name: string): Promise<RehearsedCluster> {
    if (this.stopped) {
      throw new Error('the rehearsal is over');
    }
    const known = this.clusters.get(name) ?? this.start(name);
    this.clusters.set(name, known);
    return known;
  }

  /** Lets a role in as administrator where the assembly does not make the cluster: its owner must have done so. */
  public async admitToForeign(name: string, roleArn: string): Promise<void> {
    if (!this.own.has(name)) {
      await this.admit(name, administrator(roleArn));
    }
  }

  /** Lets in those that the aws-auth ConfigMap names, as EKS does. */
  public async readConfigMap(name: string): Promise<void> {
    const { plane } = await this.get(name);
    const map = await plane.find('/api/v1/namespaces/kube-system/configmaps/aws-auth');
    for (const entry of JSON.parse(map?.data?.mapRoles ?? '[]')) {
      await this.admit(name, entry);
    }
  }

  /** Clusters of `aws-eks-v2`, and of `aws-eks` by its custom resource. */
  public provider(): Provider {
    const put = async ({ properties, stack, id, attributes, type }: Request): Promise<Made> => {
      const config = type === 'AWS::EKS::Cluster' ? properties : properties.Config;
      const name: string = config.Name ?? config.name ?? `${stack}-${id}`.replace(/[^A-Za-z0-9-]/g, '-');
      this.own.add(name);
      const { plane } = await this.get(name);
      // Who makes a cluster is its first administrator.
      if (properties.AssumeRoleArn) {
        await this.admit(name, administrator(properties.AssumeRoleArn));
      }
      const { account, region } = this.environment;
      const issuer = `oidc.eks.${region}.amazonaws.com/id/${'0'.repeat(32)}`;
      const known: Record<string, string> = {
        Arn: `arn:${partitionOf(region)}:eks:${region}:${account}:cluster/${name}`,
        Endpoint: plane.endpoint,
        CertificateAuthorityData: plane.environment.CLUSTER_CERTIFICATE_AUTHORITY,
        OpenIdConnectIssuerUrl: `https://${issuer}`,
        OpenIdConnectIssuer: issuer,
      };
      return { physicalId: name, attributes: Object.fromEntries(attributes.map((attribute) => [attribute, known[attribute] ?? `${name}.${attribute}`])), means: 'real' };
    };
    return { create: put, update: put, remove: async () => undefined };
  }

  /** Access entries, in what the authenticator reads. */
  public accessEntries(): Provider {
    const put = async ({ properties: { ClusterName, PrincipalArn, KubernetesGroups = [], AccessPolicies = [], Username }, attributes }: Request): Promise<Made> => {
      const administers = AccessPolicies.some(({ PolicyArn, AccessScope }: any) => PolicyArn.endsWith(`/${ADMINISTRATOR_POLICY}`) && AccessScope.Type === 'cluster');
      await this.admit(ClusterName, {
        rolearn: withoutPath(PrincipalArn),
        username: Username ?? `${PrincipalArn}/{{SessionName}}`,
        groups: [...KubernetesGroups, ...administers ? [ADMINISTRATORS] : []],
      });
      return { physicalId: `${PrincipalArn}|${ClusterName}`, attributes: Object.fromEntries(attributes.map((name) => [name, `${PrincipalArn}.${name}`])), means: 'real' };
    };
    return {
      create: put,
      update: put,
      remove: async ({ properties: { ClusterName, PrincipalArn } }) => {
        await (await this.get(ClusterName)).plane.removeAccessEntry(withoutPath(PrincipalArn));
      },
    };
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    await stopAll([...this.clusters.values()].map((started) => async () => {
      const cluster = await started.catch(() => undefined);
      await stopAll([() => cluster?.kubelet.stop(), () => cluster?.plane.stop()]);
    }));
  }

  private async admit(name: string, entry: AccessEntry): Promise<void> {
    const { plane } = await this.get(name);
    await plane.addAccessEntry(entry);
  }

  private async start(name: string): Promise<RehearsedCluster> {
    const folder = path.join(this.folder, `cluster-${this.clusters.size}`);
    fs.mkdirSync(folder);
    const plane = await ControlPlane.start(folder, this.certificate, this.aws, name);
    try {
      await plane.startControllers();
      await this.prerequisites?.apply(plane);
      await this.aws.addCluster(name, plane.endpoint, plane.environment.CLUSTER_CERTIFICATE_AUTHORITY);
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return { plane, kubelet: new Kubelet(plane, (pod, reason) => this.report({ outcome: 'refused', type: 'Pod', name: pod, reason })) };
  }
}

function administrator(rolearn: string): AccessEntry {
  return { rolearn: withoutPath(rolearn), username: 'administrator:{{SessionName}}', groups: [ADMINISTRATORS] };
}

/** Access entries take roles with their paths, and the authenticator here, as the ConfigMap, without. */
function withoutPath(roleArn: string): string {
  return roleArn.replace(/:role\/.*\//, ':role/');
}
