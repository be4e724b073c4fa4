import { NAMED_CHOICES, buildChoice } from '../security/named-choices';
import { definitionOf } from './definitions';
import { ControlPlane } from './parts/control-plane';
import { poll } from './poll';
import { isOfCluster, useRehearsal } from './rehearse';

/** Keeps its release, with Argo's cluster-wide objects, so that no other installs Argo after it. */
const RETAINING = 'pod settings and deployment';

/** What choices need that is not theirs to make, by their names. */
const PREREQUISITES: Record<string, (plane: ControlPlane) => Promise<void>> = {
  'argoWorkflows: none, in a namespace of the user\'s': async (plane) => {
    await plane.request('POST', '/api/v1/namespaces', { metadata: { name: 'collate' } });
  },
  [RETAINING]: async (plane) => {
    await defineKind(plane, 'monitoring.coreos.com', 'v1', 'ServiceMonitor');
    await defineKind(plane, 'monitoring.coreos.com', 'v1', 'PrometheusRule');
    await defineKind(plane, 'grafana.integreatly.org', 'v1beta1', 'GrafanaDashboard');
  },
};

/** As the operators of Prometheus and Grafana do. */
async function defineKind(plane: ControlPlane, group: string, version: string, kind: string): Promise<void> {
  const definition = definitionOf(group, version, kind);
  await plane.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  await poll(() => plane.request('GET', `/apis/${group}/${version}/${definition.spec.names.plural}`), ({ status }) => status === 200, { attempts: 50, interval: 200 });
}

const rehearse = useRehearsal();

const names = Object.keys(NAMED_CHOICES).filter((name) => !isOfCluster(name)).sort((left, right) => Number(left === RETAINING) - Number(right === RETAINING));

test.each(names)('%s is made, renewed by its schedule and taken away', async (name) => {
  await rehearse(buildChoice(name), PREREQUISITES[name]);
});
