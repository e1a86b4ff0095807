export {
  CLIENTS,
  readAdminUrl,
  rolePassword,
  roleUrl,
  type DatabaseClient,
} from './cluster/roles.ts';
export { PostgresError } from './postgres-error.ts';
export { startPostgres, type Postgres, type PostgresOptions } from './server/server.ts';
