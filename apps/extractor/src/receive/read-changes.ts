import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { CURSOR, type Changes } from '@marquee/sources';
import { WebError } from './web-client.ts';

/** What an API has changed since a cursor. */
export interface ChangedItems {
  /** By id, the item as it is now; null for one that was removed. */
  readonly items: ReadonlyMap<string, unknown>;
  /** The cursor after them. */
  readonly cursor: string;
}

/** The most pages that are requested at once: an API that never ends is at fault. */
const MAX_PAGES = 10_000;
/** The most changed items, which are kept in memory. The next time goes on after them. */
const MAX_ITEMS = 200_000;
/** The most bytes of answers, for the same reason. The answer that exceeds them still counts. */
const MAX_BYTES = 64 * 2 ** 20;

/** The answer of an API. */
export interface Answer {
  readonly json: unknown;
  /** Its length as text. */
  readonly bytes: number;
}

/**
 * Requests all changes since a cursor. Of several changes of an item, the last counts.
 *
 * @param url with {@link CURSOR} in it
 * @param get requests a URL
 * @throws WebError for an answer without the expected values
 */
export async function readChanges(
  url: string,
  changes: Changes,
  since: string,
  get: (url: string) => Promise<Answer>,
): Promise<ChangedItems> {
  const items = new Map<string, unknown>();
  let cursor = since;
  let read = 0;
  for (let page = 0; page < MAX_PAGES && items.size < MAX_ITEMS && read < MAX_BYTES; page += 1) {
    const { json: answer, bytes } = await get(url.replaceAll(CURSOR, encodeURIComponent(cursor)));
    read += bytes;
    const changed = valueAt(answer, changes.items) ?? [];
    if (!Array.isArray(changed))
      throw new WebError(`The answer has no list at ${changes.items}; got ${typeof changed}.`);
    for (const item of changed) {
      const id = idOf(item, changes);
      const isRemoved = changes.removed !== undefined && valueAt(item, changes.removed) === true;
      // the later one takes the place of the earlier one
      items.delete(id);
      items.set(id, isRemoved ? null : item);
    }
    const next = textAt(answer, changes.cursor);
    const hasMore =
      changes.more === undefined
        ? changed.length > 0 && next !== null && next !== cursor
        : valueAt(answer, changes.more) === true;
    if (hasMore && (next === null || next === cursor))
      throw new WebError(
        `The answer says that there are more, but ${changes.cursor} has not moved.`,
      );
    cursor = next ?? cursor;
    if (!hasMore) break;
  }
  return { items, cursor };
}

/**
 * A file of all items, one a line, with changes applied: changed items in their places, new ones at
 * the end.
 *
 * @param base the file before; null for none
 */
export function applyChanges(
  base: Readable | null,
  items: ReadonlyMap<string, unknown>,
  changes: Changes,
): Readable {
  const left = new Map(items);
  async function* lines(): AsyncGenerator<string> {
    if (base !== null)
      for await (const line of createInterface({ input: base, crlfDelay: Infinity })) {
        const id = idOf(JSON.parse(line), changes);
        if (!left.has(id)) yield `${line}\n`;
        else {
          const item = left.get(id);
          left.delete(id);
          if (item !== null) yield `${JSON.stringify(item)}\n`;
        }
      }
    for (const item of left.values()) if (item !== null) yield `${JSON.stringify(item)}\n`;
  }
  return Readable.from(lines(), { objectMode: false });
}

function idOf(item: unknown, { id: path }: Changes): string {
  const id = textAt(item, path);
  if (id === null) throw new WebError(`An item has no id at ${path}.`);
  return id;
}

/** A text or number as text. */
function textAt(json: unknown, path: string): string | null {
  const value = valueAt(json, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/** The value at a path such as `page.next`. */
function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}
