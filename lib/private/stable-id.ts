import { createHash } from 'crypto';
import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Eight characters that tell a construct apart, fit for ids of constructs beside `scope`. They are of its place in its
 * stack, so that logical ids stay when the stack moves into a Stage, or is called otherwise in the app.
 */
export function stableId(construct: IConstruct, scope: IConstruct): string {
  const stack = outermostStack(construct);
  const place = [stack === outermostStack(scope) ? '' : stack.stackName, construct.node.path.slice(stack.node.path.length)];
  return createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 8);
}

/** The stack that nested ones stand in, whose name is known. */
export function outermostStack(construct: IConstruct): Stack {
  let stack = Stack.of(construct);
  while (stack.nestedStackParent) {
    stack = stack.nestedStackParent;
  }
  return stack;
}
