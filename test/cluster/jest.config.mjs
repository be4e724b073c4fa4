import * as path from 'path';
import packageJson from '../../package.json' with { type: 'json' };

const rootDir = path.resolve(import.meta.dirname, '../..');

const { maxWorkers: _, ...jest } = packageJson.jest;
const project = {
  ...jest,
  rootDir,
  roots: ['<rootDir>/test/cluster'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/cluster/setup.ts',
};

export default {
  rootDir,
  projects: [
    { ...project, displayName: 'current Kubernetes' },
    {
      ...project,
      displayName: 'Kubernetes 1.28',
      testMatch: ['function', 'rights', 'status'].map((name) => `**/${name}.test.ts`),
      globals: { KUBERNETES: 'kubernetes-1.28' },
    },
  ],
  testSequencer: '<rootDir>/test/cluster/slowest-first.mjs',
  // On two cores: a control plane is idle most of the time, but takes half a gigabyte.
  maxWorkers: 3,
  testTimeout: 120_000,
};
