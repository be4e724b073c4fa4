import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { requireLiteral } from './private/validation';

/** The vendor's Helm repository. */
const COLLATE_REPOSITORY = 'https://open-metadata.github.io/hybrid-ingestion-runner-helm-chart';

/**
 * Where the Helm chart comes from.
 */
export class ChartSource {
  /**
   * A Helm repository.
   *
   * Fails if the URL is not one of http or https.
   *
   * @param url address of the repository, the vendor's if left out
   */
  public static repository(url: string = COLLATE_REPOSITORY): ChartSource {
    return new ChartSource(requireUrl(url, /^https?:\/\/[^\s/]+/, 'https://charts.example.com'));
  }

  /**
   * A chart in an OCI registry. A private one must be an ECR registry that the cluster's kubectl handler may read.
   *
   * Fails if the URL does not start with `oci://`.
   *
   * @param url address of the chart, such as `oci://123456789012.dkr.ecr.us-east-1.amazonaws.com/hybrid-ingestion-runner`
   */
  public static oci(url: string): ChartSource {
    const example = 'oci://123456789012.dkr.ecr.us-east-1.amazonaws.com/hybrid-ingestion-runner';
    return new ChartSource(requireUrl(url, /^oci:\/\/[^\s/]+\/\S*[^\s/]$/, example));
  }

  /**
   * A chart that travels with the app, for clusters without a way to the vendor's repository: a packaged chart or a
   * folder. Set `chartVersion` to the version it holds, so that options it does not know are found.
   */
  public static asset(asset: Asset): ChartSource {
    return new ChartSource(undefined, asset);
  }

  /** @internal */
  public readonly _url?: string;
  /** @internal */
  public readonly _asset?: Asset;

  private constructor(url?: string, asset?: Asset) {
    this._url = url;
    this._asset = asset;
  }
}

function requireUrl(url: string, pattern: RegExp, example: string): string {
  requireLiteral('chartSource', url);
  if (!pattern.test(url)) {
    throw new Error(`chartSource must be a URL such as "${example}", got ${JSON.stringify(url)}`);
  }
  if (/^[a-z]+:\/\/[^/]*@/.test(url)) {
    throw new Error('chartSource must not hold a user name or password: they would stand readable in the template');
  }
  return url;
}
