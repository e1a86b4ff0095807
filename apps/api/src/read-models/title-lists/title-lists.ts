import {
  DEFAULT_LIMIT,
  FoundTitle,
  keysOf,
  type ListPage,
  type ListRequest,
  type TitleFilters,
} from '@marquee/contract';
import { Injectable } from '@nestjs/common';
import { consistentRead } from '../../database/consistent-read.ts';
import { countRows } from '../../database/custom-plans.ts';
import { Database } from '../../database/database.ts';
import { withDeadline } from '../../database/deadline.ts';
import { SqlParameters } from '../../database/parameters.ts';
import { readCursor, writeCursor } from '../lists/cursor.ts';
import { picker, type List } from '../lists/list.ts';
import { isAfter, orderBy, positionOf, type Position } from '../lists/sort.ts';
import type { Conditions } from './conditions.ts';
import { withDetails, type PartitionSearch, type TitleRow } from './partition-search.ts';
import { PathMetrics } from './path-metrics.ts';
import { probe } from './index-scan.ts';
import { readPartition } from './read-partition.ts';
import { SearchLimits } from './search-limits.ts';
import { knownCounts, sumOfTypes } from './known-counts.ts';
import { cannotMatch } from './title-counts.ts';
import {
  selectAll,
  streamedList,
  resolveTitleList,
  type ResolvedTitleList,
  type TitleRequest,
} from './resolved-list.ts';

/** What a page shows, and where it starts. */
type PageRequest = Partial<Omit<ListRequest, 'fields'>> & {
  readonly fields?: readonly string[] | undefined;
};

/** A partition search before its limit is known. */
type PartitionStart = Omit<PartitionSearch, 'limit'>;

/** Lists of titles by any filters, in any order: as pages of JSON, or whole as streams. */
@Injectable()
export class TitleLists {
  readonly #database: Database;
  readonly #limits: SearchLimits;
  readonly #pathMetrics: PathMetrics;

  constructor(database: Database, limits: SearchLimits, pathMetrics: PathMetrics) {
    this.#database = database;
    this.#limits = limits;
    this.#pathMetrics = pathMetrics;
  }

  /**
   * A page of titles.
   *
   * @throws ProblemException 400 for a cursor of another list, 503 when it takes too long
   */
  async page(request: TitleRequest, page: PageRequest): Promise<ListPage> {
    const { limit = DEFAULT_LIMIT, after, fields = keysOf(FoundTitle), total = 'none' } = page;
    const needsFirstPageOnly = after === undefined && total === 'none';
    const titles = await resolveTitleList(
      this.#database,
      request,
      needsFirstPageOnly ? limit + 1 : undefined,
    );
    const { cursorScope } = titles;
    const position = after === undefined ? null : readCursor(cursorScope, after);
    const [found, count] =
      total === 'none'
        ? [await this.#read(titles, position, limit + 1), null]
        : await consistentRead(this.#database, async () =>
            Promise.all([
              this.#read(titles, position, limit + 1),
              countTitles(this.#database, titles, filtersOf(request), total),
            ]),
          );
    const items = found.slice(0, limit);
    const last = items.at(-1);
    // the row beyond the limit tells that there is a next page
    const hasNext = found.length > limit && last !== undefined;
    return {
      items: items.map(picker(fields)),
      next: hasNext ? writeCursor(cursorScope, positionOf(cursorScope.sort, last)) : null,
      ...(count === null ? {} : { total: count }),
    };
  }

  /** A whole list after a cursor. @throws ProblemException 400 for a cursor of another list */
  async stream(
    request: TitleRequest,
    { after, fields }: Pick<PageRequest, 'after' | 'fields'>,
  ): Promise<List> {
    return streamedList(await resolveTitleList(this.#database, request), after, fields);
  }

  /**
   * The ids of the first titles of a request without a text, or of those after a position.
   *
   * @param position as {@link sortKeysOf} has it: the number of the partition first
   */
  async idsAfter(
    request: TitleRequest,
    position: Position | null,
    limit: number,
  ): Promise<string[]> {
    const titles = await resolveTitleList(this.#database, request);
    const rows = await this.#read(titles, position, limit);
    return rows.map(({ _tconst: id }) => id as string);
  }

  /** How many titles a request without a text has, counted or by the statistics. */
  async count(request: TitleRequest, how: 'exact' | 'estimated'): Promise<number> {
    const titles = await resolveTitleList(this.#database, request);
    return countTitles(this.#database, titles, filtersOf(request), how);
  }

  /** The first titles of a list, or those after a position, all from the same publish. */
  async #read(
    titles: ResolvedTitleList,
    position: Position | null,
    limit: number,
  ): Promise<TitleRow[]> {
    if (titles.candidates !== null) {
      this.#pathMetrics.increment('candidates');
      return sortCandidates(this.#database, titles, position, limit);
    }
    const [first, ...others] = this.#partitionsFrom(titles, position);
    if (first === undefined) return [];
    const probed = await probe(this.#database, { ...first, limit });
    if (probed.length >= limit) return probed;
    return consistentRead(this.#database, async () =>
      readPartitions(
        this.#database,
        titles.conditions,
        [{ ...first, probed: probed.length }, ...others],
        limit,
      ),
    );
  }

  /** The partitions of a list from a position on. */
  #partitionsFrom(
    { order, conditions }: ResolvedTitleList,
    position: Position | null,
  ): PartitionStart[] {
    const current = Number(position?.[0] ?? 0);
    return order.partitions.flatMap((partition, partitionIndex) => {
      const { rated } = partition;
      const isEmpty = rated !== null && conditions.rated !== null && rated !== conditions.rated;
      if (partitionIndex < current || isEmpty) return [];
      return [
        {
          order,
          conditions,
          partition,
          partitionIndex,
          limits: this.#limits,
          pathMetrics: this.#pathMetrics,
          position: partitionIndex === current ? position : null,
        },
      ];
    });
  }
}

/**
 * Reads one partition after another until there are enough titles. A repeated read, after a publish
 * in between, gets a new deadline.
 */
async function readPartitions(
  database: Database,
  conditions: Conditions,
  partitions: readonly PartitionStart[],
  limit: number,
): Promise<TitleRow[]> {
  const found: TitleRow[] = [];
  const reads = withDeadline(database);
  if (await cannotMatch(reads, conditions)) return [];
  for (const partition of partitions) {
    if (found.length >= limit) break;
    found.push(...(await readPartition(reads, { ...partition, limit: limit - found.length })));
  }
  return found;
}

/** The titles of a person or of a text: they are few, and all of them are sorted. */
async function sortCandidates(
  database: Database,
  titles: ResolvedTitleList,
  position: Position | null,
  limit: number,
): Promise<TitleRow[]> {
  const parameters = new SqlParameters();
  const all = selectAll(titles, parameters);
  const { sort } = titles.cursorScope;
  const first = parameters.values.length + 1;
  parameters.values.push(...(position ?? []));
  const afterCursor = position === null ? '' : ` where ${isAfter(sort, 'found', first)}`;
  const page = `
    select * from (${all}) as found${afterCursor}
    order by ${orderBy(sort, 'found')} limit ${parameters.add(limit, 'int8')}`;
  const name = titles.name === '' || position === null ? titles.name : `${titles.name} after`;
  return database.readPrepared<TitleRow>(
    { name, text: withDetails(page, titles.order) },
    parameters.values,
  );
}

/** The filters of a request, without its order. */
function filtersOf({ q: _, primaryTitle, sort, order, ...filters }: TitleRequest): TitleFilters {
  return filters;
}

/** How many titles a list has, counted or by the statistics. */
async function countTitles(
  database: Database,
  titles: ResolvedTitleList,
  filters: TitleFilters,
  how: 'exact' | 'estimated',
): Promise<number> {
  const known = titles.candidates === null ? await knownCounts(database, filters) : null;
  if (known !== null) return sumOfTypes(known, filters.titleType);
  return countRows(database, how, (parameters) => selectAll(titles, parameters));
}
