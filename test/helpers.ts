import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ArgoWorkflows, HybridRunner, HybridRunnerProps, RunnerCluster, RunnerImages, RunnerNamespace } from '../lib';
import { references } from './references';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
export const CHART = 'Custom::AWSCDK-EKS-HelmChart';
export const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';
export const FIRST_SYNC = 'Custom::CollateHybridRunnerFirstSync';

export function makeStack(props: StackProps = {}, app: App = new App()): Stack {
  return new Stack(app, 'Stack', props);
}

export function eksCluster(scope: Construct, props: Partial<eks.ClusterProps> = {}): eks.Cluster {
  return new eks.Cluster(scope, 'Cluster', {
    version: eks.KubernetesVersion.V1_33,
    kubectlLayer: new KubectlV35Layer(scope, 'KubectlLayer'),
    ...props,
  });
}

export function eksV2Cluster(scope: Construct, props: Partial<eksv2.ClusterProps> = {}): eksv2.Cluster {
  return new eksv2.Cluster(scope, 'Cluster', {
    version: eksv2.KubernetesVersion.V1_33,
    kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(scope, 'KubectlLayer') },
    ...props,
  });
}

export function importedEksCluster(scope: Construct, attributes: Partial<eks.ClusterAttributes> = {}): eks.ICluster {
  return eks.Cluster.fromClusterAttributes(scope, 'Cluster', {
    clusterName: 'data',
    kubectlRoleArn: `arn:aws:iam::${ACCOUNT}:role/kubectl`,
    kubectlLayer: new KubectlV35Layer(scope, 'KubectlLayer'),
    ...attributes,
  });
}

export function importedEksV2Cluster(scope: Construct, attributes: Partial<eksv2.ClusterAttributes> = {}): eksv2.ICluster {
  return eksv2.Cluster.fromClusterAttributes(scope, 'Cluster', {
    clusterName: 'data',
    kubectlProvider: eksv2.KubectlProvider.fromKubectlProviderAttributes(scope, 'KubectlProvider', {
      serviceToken: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:kubectl`,
      role: iam.Role.fromRoleArn(scope, 'KubectlProviderRole', `arn:aws:iam::${ACCOUNT}:role/kubectl-handler`),
    }),
    ...attributes,
  });
}

/** Every kind of cluster there is, each made in a stack of its own. */
export const CLUSTERS: Record<string, (stack: Stack) => RunnerCluster> = {
  'aws-eks with the ConfigMap': (stack) => RunnerCluster.fromEks(eksCluster(stack)),
  'aws-eks with access entries': (stack) => RunnerCluster.fromEks(eksCluster(stack, { authenticationMode: eks.AuthenticationMode.API })),
  'aws-eks-v2': (stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack)),
  'imported aws-eks': (stack) => RunnerCluster.fromEks(importedEksCluster(stack), { accessEntry: true }),
  'imported aws-eks-v2': (stack) => RunnerCluster.fromEksV2(importedEksV2Cluster(stack), { accessEntry: true }),
};

export function tokenSecret(scope: Construct): secretsmanager.ISecret {
  return secretsmanager.Secret.fromSecretNameV2(scope, 'Token', 'collate/token');
}

export function registryKeys(scope: Construct): secretsmanager.ISecret {
  return secretsmanager.Secret.fromSecretNameV2(scope, 'RegistryKeys', 'collate/registry-keys');
}

/** A runner with no more than what is required. */
export function addRunner(scope: Construct, cluster: RunnerCluster, props: Partial<HybridRunnerProps> = {}, id = 'Runner'): HybridRunner {
  const secrets = new Construct(scope, `${id}Secrets`);
  return new HybridRunner(scope, id, {
    cluster,
    agentId: 'aws-prod',
    serverHost: 'acme.getcollate.io',
    authToken: tokenSecret(secrets),
    images: RunnerImages.fromCollateRegistry(registryKeys(secrets)),
    ...props,
  });
}

/** Options of one more runner on a cluster that has one. */
export function another(number: number): Partial<HybridRunnerProps> {
  return {
    agentId: `aws-prod-${number}`,
    namespace: RunnerNamespace.create(`runner-${number}`),
    argoWorkflows: ArgoWorkflows.existing({ endpoint: 'argo-workflows-server.argo-workflows.svc:2746' }),
  };
}

/** A runner on an imported cluster, which synthesizes fastest, and the template of its stack. */
export function synthesize(props: Partial<HybridRunnerProps> = {}): Template {
  const stack = makeStack();
  addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), props);
  return Template.fromStack(stack);
}

/** The message that a runner with these properties fails with. */
export function failureOf(props: Partial<HybridRunnerProps>): () => void {
  return () => {
    const stack = makeStack();
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), props);
  };
}

/** The only resource of a type. */
export function only(template: Template, type: string): any {
  const resources = Object.values(template.findResources(type));
  expect(resources).toHaveLength(1);
  return resources[0];
}

/** The schedule that renews, beside the one that reports. */
export function renewalSchedule(template: Template): any {
  const found = Object.values<any>(template.findResources('AWS::Scheduler::Schedule')).filter(({ Properties }) => Properties.Description.startsWith('Renews'));
  expect(found).toHaveLength(1);
  return found[0].Properties;
}

/** Chart values as Helm gets them; references become their JSON. */
export function chartValues(template: Template): any {
  return JSON.parse(flatten(only(template, CHART).Properties.Values));
}

/** Joins a string that the CDK split around references; each reference becomes the id it refers to, or its pattern. */
export function flatten(value: any): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value['Fn::Join']) {
    return value['Fn::Join'][1].map(flatten).join(value['Fn::Join'][0]);
  }
  return value.Ref ?? value['Fn::GetAtt']?.join('.') ?? value['Fn::Sub'] ?? 'reference';
}

/** The objects in all Kubernetes manifests of a template. */
export function manifests(template: Template): any[] {
  return Object.values(template.findResources(MANIFEST)).flatMap(({ Properties }) => JSON.parse(flatten(Properties.Manifest)));
}

export function manifestOf(template: Template, kind: string, name?: string): any {
  const found = manifests(template).filter((object) => object.kind === kind && (!name || object.metadata.name === name));
  expect(found).toHaveLength(1);
  return found[0];
}

export function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));
}

/** All that a resource waits for: what it depends on and refers to, and what those wait for. */
export class ResourceGraph {
  private readonly resources: Record<string, any>;

  constructor(template: Template) {
    this.resources = template.toJSON().Resources;
  }

  /** Ids of resources of a type, optionally with a text somewhere in them. */
  public ids(type: string, text = ''): string[] {
    return Object.entries(this.resources)
      .filter(([, resource]) => resource.Type === type && JSON.stringify(resource).includes(text))
      .map(([id]) => id);
  }

  public id(type: string, text = ''): string {
    const ids = this.ids(type, text);
    expect(ids).toHaveLength(1);
    return ids[0];
  }

  public waitsFor(id: string): Set<string> {
    const seen = new Set<string>();
    const visit = (current: string) => this.edges(current).filter((next) => !seen.has(next)).forEach((next) => {
      seen.add(next);
      visit(next);
    });
    visit(id);
    return seen;
  }

  public get cyclic(): string[] {
    return Object.keys(this.resources).filter((id) => this.waitsFor(id).has(id));
  }

  private edges(id: string): string[] {
    const { DependsOn = [], ...rest } = this.resources[id] ?? {};
    return [...[DependsOn].flat(), ...references(rest)].filter((target) => target in this.resources);
  }
}
