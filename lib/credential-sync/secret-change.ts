import { ArnFormat, Aws, Fn, Lazy, Stack, Tokenization } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { stackSingleton } from '../private/cluster-key';
import { stableId } from '../private/stable-id';

/** What CloudTrail calls it when a secret gets another value. One that is only made is none that a runner has read. */
const EVENTS = ['RotationSucceeded', 'PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage'];

/** EventBridge takes patterns of 2,048 characters; some are kept back for how CloudFormation writes them. */
const PATTERN_LENGTH = 2000;

/** What EventBridge takes for the input of a target, in characters. */
const INPUT_LENGTH = 8192;

/** That of a secret with a name of 512 characters, in any partition and region. */
const LONGEST_ARN = 610;

/** What matches the ARN of a secret. */
type ArnMatch = string | { readonly prefix: string };

/** What syncs when a secret changes. */
export interface SecretChangeProps {
  readonly lambdaFunction: lambda.IFunction;
  /** What the function is invoked with. */
  readonly input: string;
}

/**
 * Invokes a function when one of the secrets was rotated or given another value, as CloudTrail tells EventBridge: by as
 * many rules as it takes to name the secrets.
 *
 * By L1, because the L2 takes no pattern that is known only at the end of synthesis.
 */
export class SecretChange extends Construct {
  private readonly ruleName: string;
  private readonly rules: ArnMatch[][] = [];

  constructor(scope: Construct, id: string, private readonly props: SecretChangeProps) {
    super(scope, id);
    const { lambdaFunction, input } = props;
    this.ruleName = `${namesOfStack()}-${stableId(this, this)}`;
    this.node.addDependency(admitRules(this, lambdaFunction));
    this.node.addValidation({ validate: () => refuseLongInput(Stack.of(this).resolve(input)) });
  }

  /** Listens to one more secret. */
  public add({ secretFullArn, secretArn }: ISecret): void {
    // Secrets Manager appends a hyphen and six characters to a name, which are not known where only the name is.
    const match = secretFullArn ?? { prefix: `${secretArn}-` };
    if (this.rules.flat().some((other) => JSON.stringify(other) === JSON.stringify(match))) {
      return;
    }
    const last = this.rules[this.rules.length - 1];
    if (last && longest(pattern([...last, match])) <= PATTERN_LENGTH) {
      last.push(match);
    } else {
      this.addRule([match]);
    }
  }

  private addRule(matches: ArnMatch[]): void {
    const number = this.rules.push(matches);
    new events.CfnRule(this, `Rule${number === 1 ? '' : number}`, {
      name: `${this.ruleName}-${number}`,
      description: 'Syncs the credentials of a Collate runner when one of its secrets changes',
      eventPattern: Lazy.any({ produce: () => pattern(matches) }),
      targets: [{ id: 'Sync', arn: this.props.lambdaFunction.functionArn, input: this.props.input }],
    });
  }
}

/** How the names of a stack's rules begin: with the end of the stack's id, which no other stack has. */
function namesOfStack(): string {
  return `collate-${Fn.select(2, Fn.split('/', Aws.STACK_ID))}`;
}

/**
 * Lets the rules of a stack invoke a function, however many they are. A permission for each would fill the function's
 * policy. Without the account as a condition of its own, which EventBridge does not fulfil; the rules' ARN has it.
 */
function admitRules(scope: Construct, lambdaFunction: lambda.IFunction): Construct {
  return stackSingleton(scope, `CollateSecretChange-${stableId(lambdaFunction, scope)}`, (stack, id) => new lambda.CfnPermission(stack, id, {
    action: 'lambda:InvokeFunction',
    functionName: lambdaFunction.functionArn,
    principal: 'events.amazonaws.com',
    sourceArn: stack.formatArn({ service: 'events', resource: 'rule', resourceName: `${namesOfStack()}-*`, arnFormat: ArnFormat.SLASH_RESOURCE_NAME }),
  }));
}

/**
 * All tell the whole ARN, a rotation as what it was about and a call as what it answered, however the secret was named.
 * Some calls spell the key in capitals: https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html
 */
function pattern(arns: ArnMatch[]): Record<string, unknown> {
  const answers = ['arn', 'aRN'].map((key) => ({ responseElements: { [key]: arns } }));
  return {
    source: ['aws.secretsmanager'],
    detail: { eventName: EVENTS, $or: [{ additionalEventData: { SecretId: arns } }, ...answers] },
  };
}

/** How long a pattern may become at deployment. Tokens of the partition, region and account stand for less than they take themselves. */
function longest(value: Record<string, unknown>): number {
  const text = JSON.stringify(value);
  const unknown = [Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID].reduce((rest, token) => rest.split(token).join(''), text);
  return text.length + Tokenization.reverseString(unknown).tokens.length * LONGEST_ARN;
}

function refuseLongInput(input: string | { 'Fn::Join': [string, unknown[]] }): string[] {
  const known = typeof input === 'string' ? [input] : input['Fn::Join'][1].filter((part) => typeof part === 'string') as string[];
  const length = known.join('').length;
  return length <= INPUT_LENGTH ? [] : [`renewOnSecretChange must be left out with connector secrets of so many or so long names, because EventBridge takes ${INPUT_LENGTH} characters for what the function is invoked with, and these are at least ${length}: each renewal writes them anyway`];
}
