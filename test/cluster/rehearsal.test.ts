import { App } from 'aws-cdk-lib';
import { addRunner } from '../../bin/app';
import { APPS, makeApp } from '../bin/helpers';
import { CHART, FIRST_SYNC } from '../helpers';
import { CHART_FOLDER } from '../helm/helm';
import { NAMED_CHOICES, buildChoice } from '../security/named-choices';
import { ControlPlane } from './parts/control-plane';
import { Assembly } from './rehearsal/assembly';
import { Rehearsal } from './rehearsal/rehearsal';

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
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { 'type': 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const names = { kind, singular, plural: `${singular}s` };
  await plane.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: `${singular}s.${group}` },
    spec: { group, names, scope: 'Namespaced', versions: [{ name: version, served: true, storage: true, schema }] },
  });
  for (let tries = 0; tries < 50 && (await plane.request('GET', `/apis/${group}/${version}/${singular}s`)).status !== 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

let rehearsal: Rehearsal | undefined;
afterAll(() => rehearsal?.stop());

/** Deploys the app on what other choices have left, and removes it; the steps of both. */
async function rehearse(app: App, prepare?: (plane: ControlPlane) => Promise<void>): Promise<string[]> {
  const assembly = new Assembly(app.synth().directory);
  rehearsal ??= await Rehearsal.start(assembly, { charts: [CHART_FOLDER] });
  await prepare?.((await rehearsal.cluster('data')).plane);
  const before = rehearsal.steps.length;
  try {
    await rehearsal.deploy(assembly);
  } finally {
    await rehearsal.remove();
  }
  return rehearsal.steps.slice(before).map(({ outcome, type }) => `${outcome} ${type}`);
}

test.each<[string, () => Promise<App>]>([
  ...Object.entries(APPS).map(([name, context]): [string, () => Promise<App>] => [`the app, ${name}`, async () => {
    const app = makeApp(context);
    await addRunner(app);
    return app;
  }]),
  ...Object.keys(NAMED_CHOICES).sort((left, right) => Number(left === RETAINING) - Number(right === RETAINING)).map((name): [string, () => Promise<App>] => [name, async () => buildChoice(name)]),
])('%s is made, renewed by its schedule and taken away', async (name, build) => {
  const steps = await rehearse(await build(), PREREQUISITES[name]);
  expect(steps.filter((step) => step.startsWith('refused'))).toEqual([]);
  expect(steps).toEqual(expect.arrayContaining([`created ${FIRST_SYNC}`, `created ${CHART}`, 'ran AWS::Scheduler::Schedule']));
  expect(steps).toContainEqual(expect.stringMatching(new RegExp(`^(removed|kept) ${CHART}$`)));
});
