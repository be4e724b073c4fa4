import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/*.js', '**/*.d.ts', 'dist/', '.stryker/', 'cdk.out/', 'node_modules/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: [{ name: 'aws-cdk-lib/core', message: 'Import from aws-cdk-lib.' }] }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      eqeqeq: 'error',
    },
  },
  {
    // Imports go one way: the handler knows the contract and nothing else, and only the add-on knows Blueprints.
    files: ['lib/credential-sync/handler/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '^(aws-cdk-lib|constructs)(/|$)|^\\.\\./(?!contract$)' }] }] },
  },
  {
    // The command line program knows the contract, and how to quote for a shell.
    files: ['lib/cli/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '^(aws-cdk-lib|constructs)(/|$)|^\\.\\./(?!credential-sync/contract$|private/shell-word$)' }] }] },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['lib/blueprints/**', 'lib/credential-sync/handler/**', 'lib/cli/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@aws-quickstart/*', '@aws-sdk/*', '@kubernetes/*', '**/handler/**', '**/cli/**', '**/blueprints/**'] }] },
  },
  {
    // Templates are JSON of every shape.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off', 'max-lines': 'off' },
  },
  {
    files: ['scripts/**/*.mjs', 'bin/**/*.ts', 'examples/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
