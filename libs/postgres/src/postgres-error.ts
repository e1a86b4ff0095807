import { UserError } from '@marquee/process';

/** PostgreSQL could not be started. */
export class PostgresError extends UserError {
  override readonly name = 'PostgresError';
}
