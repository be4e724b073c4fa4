export * from './credential-sync';
