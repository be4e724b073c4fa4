import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { HybridRunnerProps, RunnerCluster } from '../../lib';
import { Values } from '../../lib/private/merge';
import { CHART, CLUSTERS, addRunner, chartValues, makeStack, only } from '../helpers';
import { HelmMajor, KubernetesObject, render } from './helm';

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

interface Container {
  readonly image: string;
  readonly env: Variable[];
  readonly ports: { readonly name: string; readonly containerPort: number }[];
  readonly [field: string]: unknown;
}

interface Pod {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly imagePullSecrets?: { readonly name: string }[];
    readonly containers: Container[];
    readonly [field: string]: unknown;
  };
}

interface Deployment extends KubernetesObject {
  readonly spec: { readonly replicas: number; readonly selector: { readonly matchLabels: Record<string, string> }; readonly template: Pod };
}

/** The Helm release of a stack, as the template gives it to the kubectl handler. */
export class Release {
  /** The release of a runner; properties that need constructs make them in the stack. */
  public static of(props: (scope: Construct) => Partial<HybridRunnerProps>, cluster: (stack: Stack) => RunnerCluster = CLUSTERS['imported aws-eks-v2']): Release {
    const stack = makeStack();
    addRunner(stack, cluster(stack), props(new Construct(stack, 'Props')));
    const template = Template.fromStack(stack);
    const { Release: name, Namespace: namespace } = only(template, CHART).Properties as { Release: string; Namespace: string };
    return new Release(name, namespace, chartValues(template) as Values);
  }

  private readonly renderings = new Map<HelmMajor, Rendering>();

  constructor(public readonly name: string, public readonly namespace: string, public readonly values: Values) {}

  public rendered(major: HelmMajor): Rendering {
    const rendering = this.renderings.get(major) ?? new Rendering(this.namespace, render(major, this.name, this.namespace, this.values));
    this.renderings.set(major, rendering);
    return rendering;
  }
}

/** What Helm made of a release. */
export class Rendering {
  constructor(private readonly namespace: string, public readonly objects: KubernetesObject[]) {}

  public all(kind: string): KubernetesObject[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  public one(kind: string, name?: string): KubernetesObject {
    const found = this.all(kind).filter(({ metadata }) => name === undefined || metadata.name === name);
    expect(found).toHaveLength(1);
    return found[0];
  }

  public get deployments(): Deployment[] {
    return this.all('Deployment') as Deployment[];
  }

  public get deployment(): Deployment {
    const [deployment, ...others] = this.deployments.filter(({ metadata }) => metadata.name.includes('hybrid-ingestion-runner'));
    expect(others).toEqual([]);
    return deployment;
  }

  public get pod(): Pod {
    return this.deployment.spec.template;
  }

  public get container(): Container {
    return this.pod.spec.containers[0];
  }

  /** The runner's environment; a reference to a Secret is written `name/key`. */
  public get environment(): Record<string, string | undefined> {
    return Object.fromEntries(this.container.env.map(({ name, value, valueFrom }) =>
      [name, valueFrom ? `${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}` : value]));
  }

  /** `kind namespace/name` of every object; what names no namespace goes to the release's. */
  public get identities(): string[] {
    return this.objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? this.namespace}/${metadata.name}`);
  }
}
