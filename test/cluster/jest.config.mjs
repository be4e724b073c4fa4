import packageJson from '../../package.json' with { type: 'json' };

export default {
  ...packageJson.jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/cluster'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/cluster/setup.ts',
  // Control planes start slowly, and two on two cores slower still.
  maxWorkers: 1,
  testTimeout: 120_000,
};
