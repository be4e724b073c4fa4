/*
 * Changes the code bit by bit and tells which changes no test notices: `npm run mutation`. Slow, so not part of CI.
 * Some files alone: `npm run mutation -- --mutate lib/private/validation.ts`.
 *
 * Only tests that run the sources themselves count: in the shipped bundle, in a process of its own, a change of the
 * sources is not seen.
 */
import packageJson from './package.json' with { type: 'json' };

export default {
  testRunner: 'jest',
  jest: {
    // Without it every test file is loaded anew for every change.
    enableFindRelatedTests: true,
    config: {
      ...packageJson.jest,
      // Of files outside of the roots Jest does not know what they import, and so not which tests run them.
      roots: ['<rootDir>/test', '<rootDir>/lib'],
      testMatch: [
        'private/**', 'bad-input', 'owned-values', 'choices', 'helm/values', 'blueprints/validation', 'cli/arguments', 'credential-sync/handler/units/**', 'credential-sync/handler/properties',
      ].map((tests) => `**/test/${tests}.test.ts`),
    },
  },
  mutate: [
    ...['validation', 'value-checks', 'merge', 'chart-values', 'tolerations', 'labels'].map((name) => `lib/private/${name}.ts`),
    'lib/blueprints/validation.ts',
    'lib/cli/arguments.ts',
    'lib/credential-sync/handler/*.ts',
  ],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 1,
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false },
  tempDirName: '.stryker',
  thresholds: { high: 95, low: 85, break: 85 },
};
