import { NotComparable } from '../diff/not-comparable.ts';
import { WrongHeader } from '../encode/header.ts';
import { Damaged, type SnapshotFile } from './snapshot-reader.ts';

/**
 * An error as it crosses from one thread to another, which knows no classes: with what tells
 * whether it is tried again, and what to do about it.
 */
export interface Fault {
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

/** The errors that the main thread tells apart. */
const KNOWN = { NotComparable, WrongHeader };

export function toFault(error: unknown): Fault {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, details: {} };
  const { name, message, stack, code, hint, retryable, file } = error as Error & Fault['details'];
  return {
    name,
    message,
    stack,
    details: JSON.parse(JSON.stringify({ code, hint, retryable, file })) as Fault['details'],
  };
}

/** The error that was thrown in the other thread. */
export function toError({ name, message, stack, details }: Fault): Error {
  if (name === 'Damaged' && details.file !== undefined)
    return new Damaged(message, details.file, { cause: { stack } });
  const Known = name in KNOWN ? KNOWN[name as keyof typeof KNOWN] : Error;
  return Object.assign(new Known(message, { cause: { stack } }), details);
}
