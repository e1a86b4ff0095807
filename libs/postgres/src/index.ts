export { PostgresFault, type PostgresFaultCode } from './fault.ts';
export { takeLock, type Lock } from './lock.ts';
export { freePort, isFree, portTaken } from './port.ts';
export { startPostgres, type Postgres, type PostgresOptions } from './server.ts';
export type { Settings } from './settings.ts';
