import { createHash } from 'crypto';
import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Eight characters that tell a construct apart, fit for ids of constructs beside `scope`. They are of its place in its
 * stack, so that logical ids stay when the stack moves into a Stage, or is called otherwise in the app.
 */
export function stableId(construct: IConstruct, scope: IConstruct): string {
  const stack = outermostStack(construct);
  return digest(stack === outermostStack(scope) ? '' : stack.stackName, placeInStack(construct));
}

/** The path of a construct in the stack that nested ones stand in. */
export function placeInStack(construct: IConstruct): string {
  return construct.node.path.slice(outermostStack(construct).node.path.length);
}

/** The stack that nested ones stand in, whose name is known. */
export function outermostStack(construct: IConstruct): Stack {
  let stack = Stack.of(construct);
  while (stack.nestedStackParent) {
    stack = stack.nestedStackParent;
  }
  return stack;
}

/** Eight characters that stand for texts. */
export function digest(...texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 8);
}
