import { createHash } from 'node:crypto';
import { badInput } from '../../problems/bad-input.ts';
import { fits, type Position, type SortKey } from './sort.ts';

/** The list that a cursor belongs to: what was asked for, and in which order. */
export interface CursorList {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly sort: readonly SortKey[];
}

/**
 * A cursor: which list it is of, and after which values of its sort keys it goes on. It holds no
 * count and no state of ours, so that whatever is published in between, nothing that stays is left
 * out or comes twice.
 */
export function writeCursor(list: CursorList, position: Position): string {
  return Buffer.from(JSON.stringify([markOf(list), ...position])).toString('base64url');
}

/** @throws ProblemException 400 for what is no cursor, or one of another list, filter or order */
export function readCursor(list: CursorList, cursor: string): Position {
  const parts = parse(cursor);
  const [mark, ...position] = parts ?? [];
  if (typeof mark !== 'string') throw refusal('this is no cursor; expected the `next` of a page');
  if (mark !== markOf(list) || position.length !== list.sort.length)
    throw refusal(
      'this is the cursor of another list, filter or order; expected the `next` of a page of this one',
    );
  if (!isPosition(list.sort, position))
    throw refusal('this is no cursor; expected the `next` of a page');
  return position;
}

function isPosition(sort: readonly SortKey[], values: readonly unknown[]): values is Position {
  return sort.every((key, i) => fits(key, values[i]));
}

function parse(cursor: string): unknown[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : null;
  } catch {
    return null;
  }
}

/** Short, as it only keeps apart what is mixed up by mistake. */
function markOf({ name, values, sort }: CursorList): string {
  return createHash('sha256')
    .update(JSON.stringify([name, values, sort]))
    .digest('base64url')
    .slice(0, 8);
}

function refusal(message: string) {
  return badInput([{ message, path: ['after'] }]);
}
