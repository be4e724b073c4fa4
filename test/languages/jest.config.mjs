import packageJson from '../../package.json' with { type: 'json' };

export default {
  ...packageJson.jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/languages'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/languages/setup.ts',
  maxWorkers: 1,
  testTimeout: 600_000,
};
