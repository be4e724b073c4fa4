import packageJson from '../../package.json' with { type: 'json' };

export default {
  ...packageJson.jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/cluster'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/cluster/setup.ts',
  // A control plane is idle most of the time, but takes half a gigabyte.
  maxWorkers: 2,
  testTimeout: 120_000,
};
