import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { HybridRunnerProps } from '../../lib';
import { ACCOUNT, CLUSTERS, REGION, addRunner } from '../helpers';
import { Assembly } from './rehearsal/assembly';

/** An app of one stack with a runner on an imported cluster. */
export function assemblyOf(props: (stack: Stack) => Partial<HybridRunnerProps> = () => ({})): Assembly {
  return synthesized((app) => {
    const stack = new Stack(app, 'Stack', { env: { account: ACCOUNT, region: REGION } });
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), props(stack));
  });
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
    for (const id of gone) {
      const inherited = [Resources[id].DependsOn ?? []].flat();
      delete Resources[id];
      for (const [other, resource] of Object.entries(Resources)) {
        const waitsFor = [resource.DependsOn ?? []].flat();
        if (waitsFor.includes(id)) {
          Resources[other] = { ...resource, DependsOn: [...waitsFor.filter((one) => one !== id), ...inherited] };
        }
      }
    }
  }
  return assembly;
}
