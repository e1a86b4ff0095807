/** PostgreSQL could not be started. The message says what we got, where, and what to do. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
}
