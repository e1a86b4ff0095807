export { readEmbeddedConfig, type Config } from './config.ts';
export { createStack } from './stack.ts';
export type { Addresses, Supervisor } from './supervisor.ts';
