import { Arn, ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { HybridRunner } from '../lib';

/**
 * Tells cdk-nag, if somebody runs it on this app, that the one finding below the runner is meant.
 *
 * As metadata, because `Validations.acknowledge` takes no id with an ARN in it.
 */
export function acknowledgePathPrefix(runner: HybridRunner, pathPrefix: string): void {
  const arn = Arn.format({ service: 'secretsmanager', resource: 'secret', resourceName: `${pathPrefix}/*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME }, Stack.of(runner));
  const finding = `AwsSolutions-IAM5[Resource::${spellOut(Stack.of(runner).resolve(arn))}]`;
  runner.ingestionRole.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {
    [finding]: 'The ingestion pods read the secrets of the data sources, which are made below this path after the deployment, and no others',
  });
}

/** Writes references the way cdk-nag names them in its findings. */
function spellOut(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const { 'Ref': reference, 'Fn::Join': join } = value as { 'Ref'?: string; 'Fn::Join'?: [string, unknown[]] };
  return join ? join[1].map(spellOut).join(join[0]) : `<${reference}>`;
}
