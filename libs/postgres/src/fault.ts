/** PostgreSQL could not be started. The message says what we got, where, and what to do. */
export class PostgresFault extends Error {
  override readonly name = 'PostgresFault';
}
