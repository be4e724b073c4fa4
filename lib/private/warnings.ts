import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** Warns at synthesis, under an id by which users acknowledge the warning. */
export function warn(scope: IConstruct, id: string, text: string): void {
  Annotations.of(scope).addWarningV2(`cdk-collate-hybrid-runner:${id}`, text);
}
