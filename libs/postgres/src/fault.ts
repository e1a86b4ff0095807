/** What kept PostgreSQL from starting: for programs that want to tell the cases apart. */
export type PostgresFaultCode = 'no-binaries' | 'no-account' | 'folder' | 'in-use' | 'port-taken' | 'start';

/** PostgreSQL could not be started. The message says what we got, where, and what to do. */
export class PostgresFault extends Error {
  override readonly name = 'PostgresFault';

  readonly code: PostgresFaultCode;

  constructor(code: PostgresFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
