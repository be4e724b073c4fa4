import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { HybridRunnerProps } from '../../lib';
import { ACCOUNT, CLUSTERS, REGION, addRunner } from '../helpers';
import { Assembly } from './rehearsal/assembly';

/** An app of one stack with a runner on an imported cluster. */
export function assemblyOf(props: (stack: Stack) => Partial<HybridRunnerProps> = () => ({})): Assembly {
  return assemblyOfStack((stack) => addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), props(stack)));
}

/** An app of one stack, of the name that that of `assemblyOf` has. */
export function assemblyOfStack(build: (stack: Stack) => void): Assembly {
  return synthesized((app) => build(new Stack(app, 'Stack', { env: { account: ACCOUNT, region: REGION } })));
}

/** An app as `cdk synth` writes it. */
export function synthesized(build: (app: App) => void): Assembly {
  // As the CDK CLI asks for it, so that steps are called by the paths of their constructs.
  const app = new App({ context: { 'aws:cdk:enable-path-metadata': true }, outdir: fs.mkdtempSync(path.join(os.tmpdir(), 'assembly-')) });
  build(app);
  return new Assembly(app.synth().directory);
}

/** The assembly without the resources of a type, or those of them whose properties hold a text; what waits for them waits for what they wait for. */
export function without(assembly: Assembly, type: string, text: string = ''): Assembly {
  for (const { template: { Resources } } of assembly.stacks) {
    const gone = Object.keys(Resources).filter((id) => Resources[id].Type === type && JSON.stringify(Resources[id].Properties).includes(text));
    const dependencies = (id: string): string[] => [Resources[id].DependsOn ?? []].flat().flatMap((other) => gone.includes(other) ? dependencies(other) : other);
    for (const [id, resource] of Object.entries(Resources)) {
      Resources[id] = { ...resource, DependsOn: dependencies(id) };
    }
    gone.forEach((id) => delete Resources[id]);
  }
  return assembly;
}
