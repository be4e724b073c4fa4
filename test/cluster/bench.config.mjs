import tests from './jest.config.mjs';

export default { ...tests.projects[0], testMatch: ['**/*.bench.ts'], testTimeout: 600_000, maxWorkers: 1 };
