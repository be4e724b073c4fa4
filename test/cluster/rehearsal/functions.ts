import { AssumedResources } from './aws-resources';
import { Made, Provider, Request } from './stack';

/** A function as the template has it. */
export interface DeployedFunction {
  readonly roleArn: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Folder with its code. */
  readonly code: string;
  /** Archives of its layers. */
  readonly layers: readonly string[];
}

/** Keeps what functions and layers are made of, so that those which matter here can be run. */
export class Functions implements Provider {
  private readonly functions = new Map<string, DeployedFunction>();
  private readonly layers = new Map<string, string>();

  constructor(private readonly asset: (objectKey: string) => string, private readonly assumed: AssumedResources) {}

  public get(arn: string): DeployedFunction | undefined {
    return this.functions.get(arn);
  }

  public async create(request: Request): Promise<Made> {
    const { type, properties } = request;
    const made = await this.assumed.create({ ...request, attributes: [...request.attributes, 'Arn'] });
    if (type === 'AWS::Lambda::LayerVersion') {
      this.layers.set(made.physicalId, this.asset(properties.Content.S3Key));
    } else if (properties.Code?.S3Key) {
      this.functions.set(String(made.attributes.Arn), {
        roleArn: properties.Role,
        environment: properties.Environment?.Variables ?? {},
        code: this.asset(properties.Code.S3Key),
        layers: (properties.Layers ?? []).map((layer: string) => this.layers.get(layer)).filter((file?: string) => file !== undefined),
      });
    }
    return made;
  }

  public update(request: Request): Promise<Made> {
    return this.create(request);
  }

  public async remove(): Promise<void> {}
}
