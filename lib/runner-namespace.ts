import { RemovalPolicy } from 'aws-cdk-lib';
import { requireNamespaceName, requireRemovalPolicy } from './private/validation';

const DEFAULT_NAME = 'hybrid-ingestion-runner';

/**
 * Options of `RunnerNamespace.create`.
 */
export interface CreateNamespaceOptions {
  /**
   * What happens to the namespace, and everything in it, when the runner leaves the stack. The namespace of an
   * installed Argo Workflows follows it. Only with `RETAIN` a namespace that is there already is taken over, so that a
   * stack can be deployed again over what an earlier one left. Changed to `DESTROY` later, it goes with the runner,
   * whoever made it. `SNAPSHOT` is refused.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The Kubernetes namespace of a runner. Names inside it are fixed by the chart, so each runner has its own.
 */
export class RunnerNamespace {
  /**
   * A namespace that the stack makes.
   *
   * Fails if the name is not one Kubernetes takes, or if `removalPolicy` is `SNAPSHOT`.
   *
   * @param name name of the namespace, 'hybrid-ingestion-runner' if left out
   */
  public static create(name: string = DEFAULT_NAME, options: CreateNamespaceOptions = {}): RunnerNamespace {
    const removalPolicy = requireRemovalPolicy('namespace.removalPolicy', options.removalPolicy ?? RemovalPolicy.RETAIN);
    return new RunnerNamespace(requireNamespaceName('namespace', name), true, removalPolicy);
  }

  /**
   * A namespace that is there already, and that the stack leaves alone.
   *
   * Fails if the name is not one Kubernetes takes.
   */
  public static existing(name: string): RunnerNamespace {
    return new RunnerNamespace(requireNamespaceName('namespace', name), false, RemovalPolicy.RETAIN);
  }

  /** @internal */
  public readonly _name: string;
  /** @internal */
  public readonly _create: boolean;
  /** @internal */
  public readonly _removalPolicy: RemovalPolicy;

  /** @internal */
  public get _takeOver(): true | undefined {
    return this._removalPolicy === RemovalPolicy.RETAIN || undefined;
  }

  /**
   * Id of a construct that is another one in another namespace, so that what is in the old one is taken away.
   *
   * @internal
   */
  public _idOf(id: string): string {
    return this._name === DEFAULT_NAME ? id : `${id}-${this._name}`;
  }

  private constructor(name: string, create: boolean, removalPolicy: RemovalPolicy) {
    this._name = name;
    this._create = create;
    this._removalPolicy = removalPolicy;
  }
}
