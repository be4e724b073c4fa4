export * from './hybrid-runner-add-on';
