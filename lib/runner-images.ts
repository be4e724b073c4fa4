import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { requireImageRepository, requireImageTag, requireLiteral, requireSecret } from './private/validation';

/** Account and region of the registry the vendor gives every customer keys to. */
const COLLATE_REGISTRY = { account: '118146679784', region: 'eu-west-1' };

/**
 * Options of `RunnerImages.fromCollateRegistry`.
 */
export interface CollateRegistryOptions {
  /**
   * AWS account of the registry.
   *
   * @default '118146679784'
   */
  readonly registryAccount?: string;

  /**
   * AWS region of the registry, whatever region the cluster is in. It is also part of the ingestion image's name.
   *
   * @default 'eu-west-1'
   */
  readonly registryRegion?: string;

  /**
   * Tag of the runner image.
   *
   * @default - the chart's, which is its version
   */
  readonly runnerTag?: string;

  /**
   * Tag of the ingestion image.
   *
   * @default - the chart's, which is made of its version
   */
  readonly ingestionTag?: string;
}

/**
 * Options of `RunnerImages.fromMirror`.
 */
export interface MirrorOptions {
  /** Repository of the runner image, such as `123456789012.dkr.ecr.us-east-1.amazonaws.com/collate/runner`. */
  readonly runnerRepository: string;

  /** Repository of the ingestion image. */
  readonly ingestionRepository: string;

  /**
   * Tag of the runner image.
   *
   * @default - the chart's, which is its version
   */
  readonly runnerTag?: string;

  /**
   * Tag of the ingestion image.
   *
   * @default - the chart's, which is made of its version
   */
  readonly ingestionTag?: string;
}

/** One image of the chart, as far as it differs from the chart's. */
interface Image {
  readonly repository: string;
  readonly tag?: string;
}

/** A registry that asks for credentials. */
interface Registry {
  readonly account: string;
  readonly region: string;
  readonly host: string;
  readonly credentials: ISecret;
}

/**
 * Where the images of the runner and of the ingestion pods come from.
 */
export class RunnerImages {
  /**
   * The vendor's registry, with a pull secret that is renewed before it expires.
   *
   * Fails if `registryAccount` or `registryRegion` is not one, or a tag is malformed.
   *
   * @param credentials the keys from the vendor: a JSON secret with the fields `accessKeyId` and `secretAccessKey`
   */
  public static fromCollateRegistry(credentials: ISecret, options: CollateRegistryOptions = {}): RunnerImages {
    const account = requireLiteral('registryAccount', options.registryAccount ?? COLLATE_REGISTRY.account);
    const region = requireLiteral('registryRegion', options.registryRegion ?? COLLATE_REGISTRY.region);
    if (!/^\d{12}$/.test(account)) {
      throw new Error(`registryAccount must be an AWS account of 12 digits, got ${JSON.stringify(account)}`);
    }
    if (!/^[a-z]{2,3}(-[a-z]+)+-\d$/.test(region)) {
      throw new Error(`registryRegion must be an AWS region such as "eu-west-1", got ${JSON.stringify(region)}`);
    }
    requireSecret('credentials', credentials);
    const host = `${account}.dkr.ecr.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
    return new RunnerImages(
      { repository: `${host}/hybrid-ingestion-runner`, tag: requireImageTag('runnerTag', options.runnerTag) },
      { repository: `${host}/collate-customers-ingestion-slim-${region}`, tag: requireImageTag('ingestionTag', options.ingestionTag) },
      { account, region, host, credentials },
    );
  }

  /**
   * A registry of your own, which the cluster's nodes may pull from by their role: no keys and no pull secret.
   *
   * Fails if a repository or tag is malformed.
   */
  public static fromMirror(options: MirrorOptions): RunnerImages {
    return new RunnerImages(
      { repository: requireImageRepository('runnerRepository', options.runnerRepository), tag: requireImageTag('runnerTag', options.runnerTag) },
      { repository: requireImageRepository('ingestionRepository', options.ingestionRepository), tag: requireImageTag('ingestionTag', options.ingestionTag) },
    );
  }

  /** @internal */
  public readonly _runner: Image;
  /** @internal */
  public readonly _ingestion: Image;
  /** @internal */
  public readonly _registry?: Registry;

  private constructor(runner: Image, ingestion: Image, registry?: Registry) {
    this._runner = runner;
    this._ingestion = ingestion;
    this._registry = registry;
  }
}
