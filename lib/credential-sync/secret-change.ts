import { Lazy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** Calls by which a secret gets another value. */
const CALLS = ['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage'];

/** What syncs when a secret changes. */
export interface SecretChangeProps {
  readonly lambdaFunction: lambda.IFunction;
  /** What the function is invoked with. */
  readonly input: string;
  /** Asked for at the end of synthesis. */
  readonly secrets: () => ISecret[];
}

/**
 * Invokes a function when one of the secrets was rotated or given another value, as CloudTrail tells EventBridge.
 *
 * By L1, because the L2 takes no pattern that is known only at the end of synthesis.
 */
export class SecretChange extends Construct {
  constructor(scope: Construct, id: string, { lambdaFunction, input, secrets }: SecretChangeProps) {
    super(scope, id);
    const rule = new events.CfnRule(this, 'Rule', {
      description: 'Syncs the credentials of a Collate runner when one of its secrets changes',
      eventPattern: Lazy.any({ produce: () => pattern(secrets()) }),
      targets: [{ id: 'Sync', arn: lambdaFunction.functionArn, input }],
    });
    new lambda.CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: lambdaFunction.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
  }
}

function pattern(secrets: ISecret[]): Record<string, unknown> {
  // Secrets Manager appends a hyphen and six characters to a name, which are not known where only the name is.
  const arns = secrets.map(({ secretFullArn, secretArn }) => secretFullArn ?? { prefix: `${secretArn}-` });
  // Who puts a value in may call the secret by its name.
  const names = secrets.map(({ secretName }) => secretName);
  return {
    source: ['aws.secretsmanager'],
    detail: {
      $or: [
        { eventName: ['RotationSucceeded'], additionalEventData: { SecretId: arns } },
        { eventName: CALLS, requestParameters: { secretId: [...arns, ...names] } },
      ],
    },
  };
}
