import { requireEndpoint, requireNamespaceName } from './private/validation';

/**
 * Options of `ArgoWorkflows.install`.
 */
export interface InstallArgoWorkflowsOptions {
  /**
   * Namespace of Argo Workflows. It is made by the stack, and kept or deleted as the runner's own namespace is.
   *
   * @default 'argo-workflows'
   */
  readonly namespace?: string;
}

/**
 * Options of `ArgoWorkflows.existing`.
 */
export interface ExistingArgoWorkflowsOptions {
  /** Host and port of the Argo server, such as `argo-workflows-server.argo.svc:2746`; `http://` or `https://` may stand in front. */
  readonly endpoint: string;
}

/**
 * What runs the ingestion jobs.
 */
export class ArgoWorkflows {
  /**
   * Argo Workflows, installed with the runner. Its cluster roles and custom resource definitions are cluster-wide, so
   * one runner of a cluster installs it and the others use `ArgoWorkflows.existing`.
   *
   * Fails if the namespace is not one.
   */
  public static install(options: InstallArgoWorkflowsOptions = {}): ArgoWorkflows {
    return new ArgoWorkflows(requireNamespaceName('argoWorkflows.namespace', options.namespace ?? 'argo-workflows'));
  }

  /**
   * Argo Workflows that is there already.
   *
   * Fails if the endpoint is not host and port.
   */
  public static existing(options: ExistingArgoWorkflowsOptions): ArgoWorkflows {
    return new ArgoWorkflows(undefined, requireEndpoint('argoWorkflows.endpoint', options.endpoint));
  }

  /** The runner's built-in executor, without Argo Workflows. */
  public static none(): ArgoWorkflows {
    return new ArgoWorkflows();
  }

  /** Namespace of an Argo Workflows to install. @internal */
  public readonly _namespace?: string;
  /** Address of an Argo Workflows that is there. @internal */
  public readonly _endpoint?: string;

  private constructor(namespace?: string, endpoint?: string) {
    this._namespace = namespace;
    this._endpoint = endpoint;
  }
}
