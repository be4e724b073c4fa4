import { createHash } from 'crypto';
import { readFileSync } from 'fs';
import * as path from 'path';
import { Stage } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { requireLiteral } from './private/validation';

/** The vendor's Helm repository. */
const COLLATE_REPOSITORY = 'https://open-metadata.github.io/hybrid-ingestion-runner-helm-chart';

/**
 * Options of `ChartSource.asset`.
 */
export interface ChartAssetOptions {
  /**
   * SHA-256 of the packaged chart in hexadecimals, as `digest` in the `index.yaml` of its repository. Another file is
   * refused at synthesis.
   *
   * @default - any chart is taken
   */
  readonly digest?: string;
}

/**
 * Where the Helm chart comes from.
 */
export class ChartSource {
  /**
   * A Helm repository.
   *
   * Fails if the URL is not one of http or https, or has a user name, password, query or fragment.
   *
   * @param url address of the repository, the vendor's if left out
   */
  public static repository(url: string = COLLATE_REPOSITORY): ChartSource {
    return new ChartSource(requireUrl(url, /^https?:\/\/[^\s/]+/, 'https://charts.example.com'));
  }

  /**
   * A chart in an OCI registry. A private one must be an ECR registry that the cluster's kubectl handler may read.
   *
   * Fails if the URL does not start with `oci://`, or has a user name, password, query or fragment.
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
   *
   * Fails if the file has another `digest` than the one given.
   */
  public static asset(asset: Asset, options: ChartAssetOptions = {}): ChartSource {
    if (options.digest !== undefined) {
      requireDigest(asset, options.digest);
    }
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
  // Before the URL is told, also where it is malformed.
  if (/^[^/]*\/*[^/]*@/.test(url)) {
    throw new Error('chartSource must not hold a user name or password: they would stand readable in the template');
  }
  if (/[?#]/.test(url)) {
    throw new Error('chartSource must not have a query or fragment: a token there would stand readable in the template');
  }
  if (!pattern.test(url)) {
    throw new Error(`chartSource must be a URL such as "${example}", got ${JSON.stringify(url)}`);
  }
  return url;
}

function requireDigest(asset: Asset, digest: string): void {
  if (!/^[0-9a-f]{64}$/.test(requireLiteral('digest', digest))) {
    throw new Error(`digest must be a SHA-256 of 64 hexadecimal digits in lower case, got ${JSON.stringify(digest)}`);
  }
  if (!asset.isFile) {
    throw new Error(`digest needs a packaged chart, and the asset ${asset.node.path} is a folder: package it with helm package, or leave digest out`);
  }
  const file = path.resolve(Stage.of(asset)!.outdir, asset.assetPath);
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found !== digest) {
    throw new Error(`digest must be that of the chart in asset ${asset.node.path}, got ${digest}, and the file has ${found}: check where the file comes from`);
  }
}
