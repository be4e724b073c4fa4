import tests from './jest.config.mjs';

export default { ...tests, testMatch: ['**/*.bench.ts'], testTimeout: 600_000 };
