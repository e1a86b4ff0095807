import { DEFAULT_LIMIT, type ListPage, type ListRequest } from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { readCursor, writeCursor, type CursorScope } from './cursor.ts';
import type { StreamClient } from '../../database/stream-slots.ts';
import { isAfter, orderBy, positionOf } from './sort.ts';

/** A list that is read by pages or as a stream, and can be counted. */
export interface List extends CursorScope {
  /**
   * Identifies one statement text; for an assembled statement, it is assembled likewise. At most 50
   * bytes: a suffix is added, and PostgreSQL cuts at 63.
   */
  readonly name: string;
  /** Whether its statement is assembled from many parts: then each is planned for its values. */
  readonly isPlannedAnew?: boolean;
  /**
   * The whole list in no order, as a select that PostgreSQL can flatten. Its columns are the sort
   * keys and all or some of the items' fields.
   */
  readonly text: string;
  /**
   * The other fields, read for the rows of a page alone: columns, and joins to the rows of the text
   * under the alias `page`.
   */
  readonly details?: { readonly columns: string; readonly joins: string };
  /** Turns rows into items, where they differ, in the same order. */
  readonly describe?: (rows: readonly Row[]) => Promise<readonly object[]>;
  /** The fields of an item; other columns serve the order and the joins. */
  readonly fields: readonly string[];
}

/** Called when a list is empty; throws where its owner does not exist. */
export type WhenEmpty = () => Promise<unknown>;

type Row = Readonly<Record<string, unknown>>;

/** A page of a list. */
export async function pageOfList(
  database: Database,
  list: List,
  request: Partial<ListRequest>,
  whenEmpty?: WhenEmpty,
): Promise<ListPage> {
  const { limit = DEFAULT_LIMIT, after, fields, total } = request;
  const { text, values } = pageStatement(list, after, limit + 1);
  const [rows, count] = await Promise.all([
    database.read<Record<string, unknown>>(
      { name: statementName(list, after === undefined ? '' : ' after'), text },
      values,
    ),
    total === undefined || total === 'none' ? null : countOf(database, list, total),
  ]);
  if (rows.length === 0 && after === undefined) await whenEmpty?.();
  // the row beyond the limit tells that there is a next page
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: await itemsOf(list, shown, fields),
    next:
      rows.length > limit && last !== undefined
        ? writeCursor(list, positionOf(list.sort, last))
        : null,
    ...(count === null ? {} : { total: count }),
  };
}

/**
 * The whole list from `after` on, in batches. The first batch is read before this returns, while a
 * fault can still become an error response.
 *
 * @param signal ends the query
 * @throws ProblemException as {@link pageOfList}, and 429 or 503 for too many streams
 */
export async function batchesOfList(
  database: Database,
  list: List,
  { limit, after, fields }: Pick<ListRequest, 'limit' | 'after' | 'fields'>,
  { client, signal }: { readonly client: StreamClient; readonly signal: AbortSignal },
  whenEmpty?: WhenEmpty,
): Promise<AsyncIterable<object[]>> {
  const { text, values } = pageStatement(list, after, limit ?? null);
  const batches = database.batches<Record<string, unknown>>(text, values, client, signal);
  const first = await batches.next();
  if (first.done === true && after === undefined) await whenEmpty?.();
  const items = first.done === true ? [] : await itemsOf(list, first.value, fields);
  return itemsOfAll(list, items, batches, fields);
}

async function* itemsOfAll(
  list: List,
  first: object[],
  rest: AsyncIterable<Row[]>,
  fields: readonly string[] | undefined,
): AsyncGenerator<object[], void, undefined> {
  if (first.length > 0) yield first;
  for await (const batch of rest) yield await itemsOf(list, batch, fields);
}

async function itemsOf(
  { describe, fields: all }: List,
  rows: readonly Row[],
  fields: readonly string[] = all,
): Promise<object[]> {
  const described = (await describe?.(rows)) ?? rows;
  return described.map(picker(fields));
}

/** The rows of a list after a cursor, in its order. */
function pageStatement(
  list: List,
  after: string | undefined,
  limit: number | null,
): { text: string; values: unknown[] } {
  const position = after === undefined ? [] : readCursor(list, after);
  const start = list.values.length + 1;
  const condition = position.length === 0 ? '' : ` where ${isAfter(list.sort, 'list', start)}`;
  const page = `select * from (${list.text}) as list${condition} order by ${orderBy(list.sort, 'list')} limit $${start + position.length}::int8`;
  const { details } = list;
  return {
    text:
      details === undefined
        ? page
        : `select page.*, ${details.columns} from (${page}) as page ${details.joins} order by ${orderBy(list.sort, 'page')}`,
    values: [...list.values, ...position, limit],
  };
}

async function countOf(
  database: Database,
  list: List,
  how: 'exact' | 'estimated',
): Promise<number> {
  const { text, values } = list;
  if (how === 'exact') {
    const [counted] = await database.read<{ count: number }>(
      { name: statementName(list, ' count'), text: `select count(*) from (${text}) as list` },
      values,
    );
    return counted?.count ?? 0;
  }
  const [explained] = await database.read<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    { name: statementName(list, ' plan'), text: `explain (format json) ${text}` },
    values,
  );
  return explained?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}

/** The name under which a statement of a list is prepared; empty if it is not. */
function statementName({ name, isPlannedAnew = false }: List, suffix: string): string {
  return isPlannedAnew ? '' : name + suffix;
}

/** Picks some fields of a row. */
export function picker<T extends object>(fields: readonly string[]): (row: T) => Partial<T> {
  return (row) =>
    Object.fromEntries(fields.map((name) => [name, (row as Row)[name]])) as Partial<T>;
}
