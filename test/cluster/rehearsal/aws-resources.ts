import { createHash } from 'crypto';
import { AwsEmulator, AwsEnvironment, partitionOf } from '../parts/aws-emulator';
import { Made, Provider, Request } from './stack';

/** What the emulator makes by its own CloudFormation, and refuses where AWS would. */
export const EMULATED_TYPES = [
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
];

/** Types that `Ref` gives the ARN of. */
const NAMED_BY_ARN = ['AWS::SecretsManager::Secret', 'AWS::StepFunctions::StateMachine'];

/** Makes a resource in the AWS emulator, as a stack of its own with its properties worked out. */
export class EmulatedResources implements Provider {
  constructor(private readonly aws: AwsEmulator) {}

  public async create(request: Request): Promise<Made> {
    try {
      return await this.put('CreateStack', request);
    } catch (error) {
      await this.remove(request);
      throw error;
    }
  }

  public update(request: Request): Promise<Made> {
    return this.put('UpdateStack', request);
  }

  public async remove(request: Request, made?: Made): Promise<void> {
    if (made && request.type === 'AWS::IAM::ManagedPolicy') {
      await this.detach(made.physicalId, request.properties.Roles);
    }
    await this.call('DeleteStack', request);
  }

  /** As CloudFormation does before it deletes a managed policy, and the emulator's does not. */
  private async detach(PolicyArn: string, roles: string[] = []): Promise<void> {
    for (const RoleName of roles) {
      await this.aws.query('iam', { Action: 'DetachRolePolicy', Version: '2010-05-08', RoleName, PolicyArn });
    }
  }

  private async put(action: string, request: Request): Promise<Made> {
    const { type, properties, attributes } = request;
    const outputs = { Ref: { Value: { Ref: 'Resource' } }, ...Object.fromEntries(attributes.map((name, at) => [`Attribute${at}`, { Value: { 'Fn::GetAtt': ['Resource', name] } }])) };
    await this.call(action, request, { TemplateBody: JSON.stringify({ Resources: { Resource: { Type: type, Properties: properties } }, Outputs: outputs }) });
    const answer = await this.call('DescribeStacks', request);
    const [, status = '', reason = ''] = /<StackStatus>([^<]*)<\/StackStatus>(?:\s*<StackStatusReason>([^<]*))?/.exec(answer) ?? [];
    if (!/_COMPLETE$/.test(status) || status.includes('ROLLBACK')) {
      throw new Error(`the AWS emulator ended with ${status} ${reason}`.trim());
    }
    const output = (name: string) => {
      const [, value] = new RegExp(`<OutputKey>${name}</OutputKey>\\s*<OutputValue>([^<]*)</OutputValue>`).exec(answer) ?? [];
      if (value === undefined) {
        throw new Error(`the AWS emulator knows no ${name === 'Ref' ? 'id' : attributes[Number(name.slice('Attribute'.length))]} of ${type}`);
      }
      return value;
    };
    return { physicalId: output('Ref'), attributes: Object.fromEntries(attributes.map((name, at) => [name, output(`Attribute${at}`)])), means: 'emulated' };
  }

  private call(Action: string, { stack, id }: Request, parameters: Record<string, string> = {}): Promise<string> {
    return this.aws.query('cloudformation', { Action, 'Version': '2010-05-15', 'StackName': shortName(`${stack}-${id}`), 'Capabilities.member.1': 'CAPABILITY_NAMED_IAM', ...parameters });
  }
}

/** A name of no more than the 128 characters that a stack's may have. */
function shortName(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${text.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 100)}-${digest}`;
}

/** Gives resources that nothing here depends on an id and attributes, and makes nothing. */
export class AssumedResources implements Provider {
  constructor(private readonly environment: AwsEnvironment) {}

  public async create({ stack, id, type, properties, attributes }: Request): Promise<Made> {
    const name = `${stack}-${id}`;
    if (type === 'Custom::AWSCDKCfnJson') {
      return { physicalId: name, attributes: { Value: JSON.parse(properties.Value) }, means: 'assumed' };
    }
    const { account, region } = this.environment;
    const [, service = 'custom', kind = 'resource'] = type.toLowerCase().split('::');
    const arn = `arn:${partitionOf(region)}:${service}:${region}:${account}:${kind}${/lambda|secretsmanager/.test(service) ? ':' : '/'}${name}`;
    return {
      physicalId: NAMED_BY_ARN.includes(type) ? arn : name,
      attributes: Object.fromEntries(attributes.map((attribute) => [attribute, /arn$/i.test(attribute) ? arn : `${name}.${attribute}`])),
      means: 'assumed',
    };
  }

  public update(request: Request): Promise<Made> {
    return this.create(request);
  }

  public async remove(): Promise<void> {}
}
