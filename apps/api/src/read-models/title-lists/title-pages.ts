import {
  DEFAULT_LIMIT,
  FoundTitle,
  keysOf,
  type ListPage,
  type ListRequest,
} from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { withDeadline } from '../../database/deadline.ts';
import { Parameters } from '../../database/parameters.ts';
import { readCursor, writeCursor } from '../lists/cursor.ts';
import { picker } from '../lists/list.ts';
import { isAfter, orderBy, positionOf, type Position } from '../lists/sort.ts';
import type { Conditions } from './title-filters.ts';
import { estimateRows, readWithCustomPlan } from '../../database/custom-plans.ts';
import { consistentRead } from '../../database/consistent-read.ts';
import type { Segment } from './sort-orders.ts';
import { shown, type Found, type SegmentSearch } from './segment-reads.ts';
import { lookNear, searchSegment } from './segment-search.ts';
import { selectAll, type TitleList } from './title-list.ts';
import { isInNone } from './title-counts.ts';

/**
 * A page of titles as JSON.
 *
 * @throws ProblemException 400 for a cursor of another list, 503 when it takes too long
 */
export async function pageOfTitles(
  database: Database,
  titles: TitleList,
  { limit = DEFAULT_LIMIT, after, fields = keysOf(FoundTitle), total = 'none' }: PageRequest,
): Promise<ListPage> {
  const { cursors } = titles;
  const position = after === undefined ? null : readCursor(cursors, after);
  const [found, count] =
    total === 'none'
      ? [await findTitles(database, titles, position, limit + 1), null]
      : await consistentRead(database, async () =>
          Promise.all([
            findTitles(database, titles, position, limit + 1),
            countTitles(database, titles, total),
          ]),
        );
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(picker(fields)),
    next:
      found.length > limit && last !== undefined
        ? writeCursor(cursors, positionOf(cursors.sort, last))
        : null,
    ...(count === null ? {} : { total: count }),
  };
}

type PageRequest = Partial<Omit<ListRequest, 'fields'>> & {
  readonly fields?: readonly string[] | undefined;
};

/** The first titles of a list, or those after a position, all as they were at one moment. */
export async function findTitles(
  database: Database,
  titles: TitleList,
  position: Position | null,
  limit: number,
): Promise<Found[]> {
  if (titles.among !== null) return sortAll(database, titles, position, limit);
  const searches = segmentsFrom(titles, position);
  const [first, ...others] = searches;
  if (first === undefined) return [];
  const near = await lookNear(database, { ...first, limit });
  return near.length >= limit
    ? near
    : consistentRead(database, async () =>
        searchAll(database, titles.conditions, [{ ...first, seen: near.length }, ...others], limit),
      );
}

/** What is left of the list's segments after a position. */
function segmentsFrom(
  { order, conditions, limits }: TitleList,
  position: Position | null,
): SegmentPlace[] {
  const current = Number(position?.[0] ?? 0);
  const isEmpty = ({ rated }: Segment) =>
    rated !== null && conditions.rated !== null && rated !== conditions.rated;
  return order.segments.flatMap((segment, number) =>
    number < current || isEmpty(segment)
      ? []
      : [
          {
            order,
            conditions,
            segment,
            number,
            limits,
            position: number === current ? position : null,
          },
        ],
  );
}

/** Where titles are looked for. */
type SegmentPlace = Omit<SegmentSearch, 'limit'>;

/**
 * One segment after another, until there are enough. Where it is done again, as something was
 * published meanwhile, it has its time again.
 */
async function searchAll(
  database: Database,
  conditions: Conditions,
  searches: readonly SegmentPlace[],
  limit: number,
): Promise<Found[]> {
  const found: Found[] = [];
  const reads = withDeadline(database);
  if (await isInNone(reads, conditions)) return [];
  for (const search of searches) {
    if (found.length >= limit) break;
    found.push(...(await searchSegment(reads, { ...search, limit: limit - found.length })));
  }
  return found;
}

/** Titles among the few that a person or a text has: all of them are sorted. */
async function sortAll(
  database: Database,
  titles: TitleList,
  position: Position | null,
  limit: number,
): Promise<Found[]> {
  const parameters = new Parameters();
  const all = selectAll(titles, parameters);
  const { sort } = titles.cursors;
  const first = parameters.values.length + 1;
  parameters.values.push(...(position ?? []));
  const after = position === null ? '' : ` where ${isAfter(sort, 'found', first)}`;
  const page = `select * from (${all}) as found${after} order by ${orderBy(sort, 'found')} limit ${parameters.add(limit, 'int8')}`;
  const name = titles.name === '' || position === null ? titles.name : `${titles.name} after`;
  return database.readPrepared<Found>({ name, text: shown(page, titles.order) }, parameters.values);
}

/** How many titles a list has; null where nobody asks. */
async function countTitles(
  database: Database,
  titles: TitleList,
  how: 'exact' | 'estimated' | 'none',
): Promise<number | null> {
  if (how === 'none') return null;
  if (titles.conditions.plain.length === 0 && titles.among === null) return countAll(database);
  const parameters = new Parameters();
  const text = selectAll(titles, parameters);
  if (how === 'estimated') return estimateRows(database, text, parameters);
  const [counted] = await readWithCustomPlan<{ count: number }>(
    database,
    `select count(*) from (${text}) as found`,
    parameters,
  );
  return counted?.count ?? 0;
}

/** How many titles there are. */
export async function countAll(database: Database): Promise<number> {
  const [all] = await database.read<{ titles: number }>(
    {
      name: 'all titles',
      text: `select coalesce(sum(titles), 0) as titles from search.title_count where kind = 'year'`,
    },
    [],
  );
  return all?.titles ?? 0;
}
