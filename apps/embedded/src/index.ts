export { createApiClient } from './commands/api.ts';
export { readEmbeddedConfig, type Config } from './config.ts';
export { createStack } from './supervision/stack.ts';
export type { Addresses, Supervisor } from './supervision/supervisor.ts';
