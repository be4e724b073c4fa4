/*
 * Changes the code bit by bit and tells which changes no test notices: `npm run mutation`. Slow, so not part of CI.
 * Some files alone: `npm run mutation -- --mutate lib/private/validation.ts`.
 *
 * Of the handler those parts that are tested by themselves. The others are tested in the shipped bundle, in a process
 * of its own, where a change of the sources is not seen.
 */
import packageJson from './package.json' with { type: 'json' };

export default {
  testRunner: 'jest',
  jest: {
    enableFindRelatedTests: false,
    config: {
      ...packageJson.jest,
      testMatch: ['private/**', 'bad-input', 'choices', 'helm/values', 'credential-sync/handler/units/**', 'credential-sync/handler/properties'].map((tests) => `**/test/${tests}.test.ts`),
    },
  },
  mutate: [
    ...['validation', 'value-checks', 'merge'].map((name) => `lib/private/${name}.ts`),
    ...[
      'request', 'secrets', 'registry', 'eks-token', 'patience', 'failure', 'redaction', 'telemetry',
      'kubernetes', 'secret-object', 'restart', 'cloudformation', 'secret-checks', 'workload-checks',
    ].map((name) => `lib/credential-sync/handler/${name}.ts`),
  ],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 1,
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false },
  tempDirName: '.stryker',
  thresholds: { high: 95, low: 85, break: 85 },
};
