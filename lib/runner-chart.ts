import { Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ChartSource } from './chart-source';
import { HybridRunnerOptions } from './hybrid-runner-props';
import { ChartNames, optionValues, ownedValues, propOf, spellOutAutomount } from './private/chart-values';
import { ClusterAdapter } from './private/cluster-adapter';
import { refuseUnfitLabels } from './private/labels';
import { Values, inOrder, merge, valueAt } from './private/merge';
import { isBefore, requireDuration, requireReleaseName, requireRemovalPolicy, requireVersion } from './private/validation';
import { refuseBrokenPairs, refuseLostCharacters, refuseObjects, refuseOwnedKeys, refuseSecrets, refuseSelectorLabels, refuseUnknownKeys, requireMap, warnOfDeadKeys } from './private/value-checks';
import { RunnerImages } from './runner-images';
import { RunnerNamespace } from './runner-namespace';

/** Name of the chart, also within its repository. */
const CHART_NAME = 'hybrid-ingestion-runner';

/** First version whose values are the ones this library writes. */
const OLDEST_VERSION = '1.10.4';

/** The function that runs Helm ends after 15 minutes: what is left for Helm, and half of it where a rollback follows. */
const LONGEST_TIMEOUT = Duration.minutes(13);
const LONGEST_ATOMIC_TIMEOUT = Duration.minutes(6);

/** What the chart takes from the constructs around it. */
export interface RunnerChartProps {
  readonly cluster: ClusterAdapter;
  readonly options: HybridRunnerOptions;
  readonly images: RunnerImages;
  readonly namespace: RunnerNamespace;
  readonly names: Omit<ChartNames, 'serviceAccountAnnotations'>;
  /** Known only at the end of synthesis, because a grant may still make the role. */
  readonly serviceAccountAnnotations: () => Record<string, string> | undefined;
}

/**
 * The Helm release.
 */
export class RunnerChart extends Construct {
  /** Version of the chart that this library was tested with. */
  public static readonly VERSION = '1.13.3';

  /** Name of the runner's Deployment and Service in a release, by the chart's rule. */
  public static fullName(options: HybridRunnerOptions): string {
    const releaseName = releaseNameOf(options);
    return releaseName.includes(CHART_NAME) ? releaseName : `${releaseName}-${CHART_NAME}`;
  }

  public readonly releaseName: string;

  constructor(scope: Construct, id: string, props: RunnerChartProps) {
    super(scope, id);
    const { options } = props;
    this.releaseName = releaseNameOf(options);
    const version = requireChartVersion(options.chartVersion ?? RunnerChart.VERSION);
    const source = options.chartSource ?? ChartSource.repository();
    if (source._asset) {
      props.cluster.requireChartAssets();
    }
    props.cluster.addChart(this, props.namespace._idOf('Release'), {
      release: this.releaseName,
      namespace: props.namespace._name,
      createNamespace: false,
      ...chartLocation(source, version),
      timeout: requireTimeout(options),
      wait: options.wait ?? true,
      atomic: options.atomic ?? false,
      values: this.values(props, version),
      removalPolicy: requireRemovalPolicy('removalPolicy', options.removalPolicy ?? RemovalPolicy.DESTROY),
    });
  }

  private values(props: RunnerChartProps, version: string): Record<string, unknown> {
    const { options } = props;
    requireMap(options.values ?? {});
    const given = merge(options.values ?? {});
    const chosen = optionValues(options);
    refuseOwnedKeys(given);
    this.refuseUnfit(chosen, propOf);
    // Only now, because the error repeats what it refuses.
    refuseUnfitLabels(options);
    this.refuseUnfit(given, (path) => `values ${path.join('.')}`);
    this.refuseSecretImages(props.images);
    const merged = merge(chosen, given, spellOutAutomount(given));
    refuseUnknownKeys(merged, version);
    refuseBrokenPairs(merged);
    refuseSelectorLabels(merged);
    warnOfDeadKeys(this, given);
    const annotations = valueAt(given, ['config', 'ingestionPods', 'serviceAccount', 'annotations']);
    const serviceAccountAnnotations = Lazy.any({
      produce: () => annotations || props.serviceAccountAnnotations() ? { ...annotations as object, ...props.serviceAccountAnnotations() } : undefined,
    });
    return inOrder(merge(merged, ownedValues(options, props.images, { ...props.names, serviceAccountAnnotations })));
  }

  /** Fails if a value holds what does not reach the chart, or must not. */
  private refuseUnfit(values: Values, names: (path: string[]) => string): void {
    refuseObjects(values, names);
    refuseSecrets(this, values, names);
    refuseLostCharacters(values, names);
  }

  /** Tokens are taken for images, and can be looked into only here. */
  private refuseSecretImages({ _runner: runner, _ingestion: ingestion }: RunnerImages): void {
    const values = { runnerRepository: runner.repository, runnerTag: runner.tag, ingestionRepository: ingestion.repository, ingestionTag: ingestion.tag };
    refuseSecrets(this, values, ([prop]) => prop, 'pass the value itself, or a CloudFormation parameter');
  }
}

function releaseNameOf({ releaseName = CHART_NAME }: HybridRunnerOptions): string {
  return requireReleaseName(releaseName, CHART_NAME);
}

function chartLocation(source: ChartSource, version: string) {
  if (source._asset) {
    return { chartAsset: source._asset };
  }
  return { repository: source._url, version, chart: CHART_NAME };
}

function requireChartVersion(version: string): string {
  requireVersion('chartVersion', version);
  if (isBefore(version, OLDEST_VERSION)) {
    throw new Error(`chartVersion must be ${OLDEST_VERSION} or newer, got ${version}: older charts have other values`);
  }
  return version;
}

function requireTimeout({ timeout, atomic }: HybridRunnerOptions): Duration {
  const most = atomic ? LONGEST_ATOMIC_TIMEOUT : LONGEST_TIMEOUT;
  const reason = atomic ? 'with atomic a rollback takes as long again, and the function that runs Helm ends after 15 minutes' : 'the function that runs Helm ends after 15 minutes';
  const given = timeout ?? (atomic ? LONGEST_ATOMIC_TIMEOUT : Duration.minutes(10));
  return requireDuration('timeout', given, Duration.minutes(1), most, reason);
}
