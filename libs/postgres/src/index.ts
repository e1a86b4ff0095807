export { PostgresError } from './postgres-error.ts';
export { startPostgres, type Postgres } from './server/server.ts';
