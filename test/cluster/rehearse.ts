import { App } from 'aws-cdk-lib';
import { CHART, FIRST_SYNC } from '../helpers';
import { CHART_FOLDER } from '../helm/helm';
import { ControlPlane } from './parts/control-plane';
import { Assembly } from './rehearsal/assembly';
import { Rehearsal } from './rehearsal/rehearsal';

/** What a test file of rehearsals sets up: each is deployed on what those before it have left, and removed. */
export function useRehearsal(): (app: App, prepare?: (plane: ControlPlane) => Promise<void>) => Promise<void> {
  let rehearsal: Rehearsal | undefined;
  afterAll(() => rehearsal?.stop());
  return async (app, prepare) => {
    const assembly = new Assembly(app.synth().directory);
    rehearsal ??= await Rehearsal.start(assembly, { charts: [CHART_FOLDER], timeout: '60s' });
    await prepare?.((await rehearsal.cluster('data')).plane);
    const before = rehearsal.steps.length;
    try {
      await rehearsal.deploy(assembly);
    } finally {
      await rehearsal.remove();
    }
    const steps = rehearsal.steps.slice(before).map(({ outcome, type }) => `${outcome} ${type}`);
    expect(steps.filter((step) => step.startsWith('refused'))).toEqual([]);
    expect(steps).toEqual(expect.arrayContaining([`created ${FIRST_SYNC}`, `created ${CHART}`, 'ran AWS::Scheduler::Schedule']));
    expect(steps).toContainEqual(expect.stringMatching(new RegExp(`^(removed|kept) ${CHART}$`)));
  };
}

/** Choices of a kind of cluster, by their names; all others are on one and the same cluster. */
export function isOfCluster(choice: string): boolean {
  return /^(cluster|functionPlacement):/.test(choice);
}
