import TestSequencer from '@jest/test-sequencer';

const SLOWEST = ['rehearsal-of-options', 'installation', 'rehearsal-of-clusters', 'changes', 'rehearsal'];

/** So that none of them is left at the end, when the other workers have nothing to do; Jest knows only after a first run. */
export default class SlowestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => (SLOWEST.findIndex((name) => path.endsWith(`/${name}.test.ts`)) + 1) || SLOWEST.length + 1;
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
