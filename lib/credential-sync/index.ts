export * from './credential-sync';
export * from './credential-sync-props';
