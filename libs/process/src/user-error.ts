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

  /** The message, and below it the hint. */
  get text(): string {
    return [this.message, this.hint].filter(Boolean).join('\n');
  }
}

/**
 * Runs a program whose errors are for people: they are shown without a stack trace, and the exit code
 * is 1.
 */
export async function runCommand(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.text);
    process.exitCode = 1;
  }
}
