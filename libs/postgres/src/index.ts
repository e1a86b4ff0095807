export { PostgresFault } from './fault.ts';
export { startPostgres, type Postgres } from './server.ts';
