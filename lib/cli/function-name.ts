import { EXIT_CODES } from './exit-codes';
import { Problem } from './problem';

/** As Lambda takes it: name or ARN, whole or in part, with a version or an alias or without. */
const FUNCTION = /^(?:arn:(?<partition>aws[a-z-]*):lambda:)?(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\d+):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[\w-]+)(?::(?:\$LATEST|[\w-]+))?$/;

/** What tells whether an ARN is of the function that was named; a version or an alias makes no difference. */
export function functionMatcher(lambdaFunction: string): (arn: string) => boolean {
  const wanted = partsOf(lambdaFunction);
  if (!wanted) {
    throw new Problem(`--function must be the name or the ARN of a Lambda function, whole or in part, got ${lambdaFunction}`, EXIT_CODES.USAGE);
  }
  return (arn) => {
    const parts = partsOf(arn);
    return parts !== undefined && Object.entries(wanted).every(([part, value]) => value === undefined || parts[part] === value);
  };
}

/** Its name alone, by which its log is found. */
export function nameOf(functionArn: string): string {
  return partsOf(functionArn)?.name ?? functionArn;
}

/** What it says of itself: partition, region, account and name. */
export function partsOf(lambdaFunction: string): Record<string, string | undefined> | undefined {
  return FUNCTION.exec(lambdaFunction)?.groups;
}
