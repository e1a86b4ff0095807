import { NotComparableError } from '../compare/not-comparable.ts';
import { WrongHeader } from '../encode/header.ts';
import { DamagedFileError, type SnapshotFile } from './snapshot-reader.ts';

/**
 * An error as plain data: class instances cannot be sent between threads. Keeps the fields by which
 * a job is retried or explained.
 */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly details: {
    readonly code?: unknown;
    readonly hint?: unknown;
    readonly retryable?: unknown;
    readonly file?: SnapshotFile;
  };
}

/** The error classes that the main thread handles, by their `name`. */
const KNOWN = { NotComparableError, WrongHeader };

/** Makes an error sendable to another thread. */
export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, details: {} };
  const { name, message, stack, code, hint, retryable, file } = error as Error &
    SerializedError['details'];
  return {
    name,
    message,
    stack,
    details: JSON.parse(
      JSON.stringify({ code, hint, retryable, file }),
    ) as SerializedError['details'],
  };
}

/** Restores an error of another thread, with its class where the main thread handles that class. */
export function deserializeError({ name, message, stack, details }: SerializedError): Error {
  if (name === 'DamagedFileError' && details.file !== undefined)
    return new DamagedFileError(message, details.file, { cause: { stack } });
  const Known = name in KNOWN ? KNOWN[name as keyof typeof KNOWN] : Error;
  return Object.assign(new Known(message, { cause: { stack } }), details);
}
