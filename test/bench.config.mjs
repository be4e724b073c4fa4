import packageJson from '../package.json' with { type: 'json' };

export default { ...packageJson.jest, rootDir: '..', roots: ['<rootDir>/test/credential-sync'], testMatch: ['**/*.bench.ts'] };
