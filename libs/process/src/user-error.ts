export interface UserErrorOptions {
  /** What to do about it. */
  readonly hint?: string | null;
  /** A stable word for programs, such as `unreachable`. */
  readonly code?: string;
  readonly cause?: unknown;
}

/** An error whose message is written for people: shown as it is, without a stack trace. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly hint: string | null;
  readonly code: string;

  constructor(message: string, { hint = null, code = 'failed', cause }: UserErrorOptions = {}) {
    super(message, { cause });
    this.hint = hint;
    this.code = code;
  }
}
