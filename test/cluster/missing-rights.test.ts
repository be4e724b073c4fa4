import { CHART, FIRST_SYNC, MANIFEST } from '../helpers';
import { CHART_FOLDER } from '../helm/helm';
import { assemblyOf, without } from './assemblies';
import { Rehearsal } from './rehearsal/rehearsal';

test('without its rights the first sync is refused, and no release is tried', async () => {
  // Enough for a few tries: the function waits for rights that may still come.
  const rehearsal = await Rehearsal.start(without(assemblyOf(), MANIFEST, 'RoleBinding'), { charts: [CHART_FOLDER], timeout: '5s', remaining: 10_000 });
  try {
    await expect(rehearsal.deploy()).rejects.toThrow(/Custom::CollateHybridRunnerFirstSync .* was refused: .* may not be written: .* the Role collate-credential-sync in it lacks the verbs/);
    expect(rehearsal.refused.map(({ type }) => type)).toEqual([FIRST_SYNC]);
    expect(rehearsal.steps.map(({ type }) => type)).not.toContain(CHART);
  } finally {
    await rehearsal.stop();
  }
});
