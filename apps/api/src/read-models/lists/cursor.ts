import { createHash } from 'node:crypto';
import { badInput } from '../../problems/bad-input.ts';
import { fits, type Position, type SortKey } from './sort.ts';

/** The list that a cursor belongs to: its request and its order. */
export interface CursorScope {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly sort: readonly SortKey[];
}

/**
 * A cursor: its list, and the sort keys of the last row. It holds no count and no server state: a row
 * that stays in the list comes exactly once, whatever is published between two pages.
 */
export function writeCursor(list: CursorScope, position: Position): string {
  return Buffer.from(JSON.stringify([checksumOf(list), ...position])).toString('base64url');
}

/** @throws ProblemException 400 for an invalid cursor, or one of another list, filter or order */
export function readCursor(list: CursorScope, cursor: string): Position {
  const parts = parse(cursor);
  const [checksum, ...position] = parts ?? [];
  if (typeof checksum !== 'string')
    throw invalidCursor('not a cursor; expected the `next` of a page');
  if (checksum !== checksumOf(list) || position.length !== list.sort.length)
    throw invalidCursor(
      'the cursor of another list, filter or order; expected the `next` of a page of this one',
    );
  if (!isPosition(list.sort, position))
    throw invalidCursor('not a cursor; expected the `next` of a page');
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

/** Short: it protects from mistakes, not from attacks. */
function checksumOf({ name, values, sort }: CursorScope): string {
  return createHash('sha256')
    .update(JSON.stringify([name, values, sort]))
    .digest('base64url')
    .slice(0, 8);
}

function invalidCursor(message: string) {
  return badInput([{ message, path: ['after'] }]);
}
