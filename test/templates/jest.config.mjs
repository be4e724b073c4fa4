import packageJson from '../../package.json' with { type: 'json' };

export default {
  ...packageJson.jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/templates'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/templates/setup.ts',
};
