import { FoundTitle, keysOf, MAX_SEARCH_RESULTS, type FindTitlesQuery } from '@marquee/contract';
import { WEIGHTED_TITLE } from '../../database/columns.ts';
import type { Database } from '../../database/database.ts';
import { SqlParameters, type SqlPart } from '../../database/parameters.ts';
import { readCursor, type CursorScope } from '../lists/cursor.ts';
import type { List } from '../lists/list.ts';
import { isAfter } from '../lists/sort.ts';
import type { Hit } from '../text-search/hits.ts';
import { findTexts } from '../text-search/text-search.ts';
import {
  allOf,
  allPrefiltersOf,
  byPartialIndex,
  conditionsOf,
  selectTitles,
  type Conditions,
} from './conditions.ts';
import { categoriesOf, filmographyTitles } from './filmography.ts';
import { readBits } from './filter-bits.ts';
import {
  cursorColumns,
  orderOf,
  partitionNumber,
  sortKeysOf,
  type SortOrder,
} from './sort-orders.ts';
import { allFiltersSql, allFilterValues } from './title-filters.ts';

/** The part of a request that says which titles, and in which order. */
export type TitleRequest = Omit<
  FindTitlesQuery,
  'limit' | 'after' | 'fields' | 'total' | 'format' | 'csv'
>;

/** A list of titles that a request asks for. */
export interface ResolvedTitleList {
  readonly order: SortOrder;
  readonly conditions: Conditions;
  /**
   * A select of `tconst` and `rank`, where the titles are among those of a person or of a text.
   * They are few: all of them are read.
   */
  readonly candidates: SqlPart | null;
  /** The name of the prepared statement of `candidates`; empty for one put together from parts. */
  readonly name: string;
  readonly cursorScope: CursorScope;
}

/**
 * The list that a request asks for. A text search is done here: the list has its best matches.
 *
 * @param maxMatches how many matches of a text at most, in the order of relevance; a first page
 *   needs fewer than all pages
 */
export async function resolveTitleList(
  database: Database,
  request: TitleRequest,
  maxMatches = MAX_SEARCH_RESULTS,
): Promise<ResolvedTitleList> {
  const {
    q,
    sort = q === undefined ? 'votes' : 'relevance',
    order: direction = sort === 'title' || sort === 'id' ? 'asc' : 'desc',
  } = request;
  const order = orderOf(sort, direction === 'asc');
  const cursorScope = {
    name: 'titles',
    values: [Object.entries(request).sort()],
    sort: sortKeysOf(order),
  };
  if (q === undefined)
    return {
      order,
      conditions: conditionsOf(request, await readBits(database, request)),
      candidates: candidatesOf(request),
      name: '',
      cursorScope,
    };
  const isBestFirst = sort === 'relevance' && direction === 'desc';
  return {
    order,
    // the text search has applied the filters
    conditions: conditionsOf({}),
    candidates: await titlesOfText(
      database,
      q,
      request,
      isBestFirst ? maxMatches : MAX_SEARCH_RESULTS,
    ),
    name: `titles of a text by ${sort} ${direction}`,
    cursorScope,
  };
}

/** The titles of a person, of a name, or of both; null where a request names neither. */
function candidatesOf({ person, role, primaryTitle }: TitleRequest): SqlPart | null {
  const sources = [
    ...(person === undefined ? [] : [filmographyTitles(person, role)]),
    ...(primaryTitle === undefined ? [] : [titlesNamed(primaryTitle)]),
  ];
  if (sources.length === 0) return null;
  return (parameters) =>
    `select tconst, 0 as rank from (${sources.map((source) => `(${source(parameters)})`).join(' intersect ')}) as source`;
}

/** The titles with exactly this primary title, as a select of `tconst`. */
function titlesNamed(primaryTitle: string): SqlPart {
  return (parameters) => {
    const title = parameters.add(primaryTitle, 'text');
    const sameSortTitle = selectTitles(
      byPartialIndex({ rated: null }, `t.sort_title = search.sort_form(${title})`),
      't.tconst',
    );
    return `select tconst from (${sameSortTitle}) as same join imdb.title_basics using (tconst) where primary_title = ${title}`;
  };
}

/**
 * The titles that a text search finds among those that pass the filters, as a select of `tconst`
 * and `rank`.
 *
 * @param limit how many at most
 */
export async function titlesOfText(
  database: Database,
  q: string,
  request: TitleRequest,
  limit: number,
): Promise<SqlPart> {
  const hits = await hitsOfTitles(database, q, request, limit);
  return (parameters) =>
    `select * from unnest(${parameters.add(
      hits.map(({ id }) => id),
      'text[]',
    )}) with ordinality as hit (tconst, rank)`;
}

/** The titles that a text search finds among those that pass the filters, best first. */
export async function hitsOfTitles(
  database: Database,
  q: string,
  request: TitleRequest,
  limit: number,
): Promise<Hit[]> {
  const { person = null, role, primaryTitle = null } = request;
  const values = [person, categoriesOf(role), primaryTitle, ...allFilterValues(request)];
  // one statement for any filters: their combinations are more than could be prepared
  const filter = {
    name: 'filtered',
    joins: 'join search.title as t on t.tconst = hit.id',
    where: filtersOfText,
    values,
  };
  return findTexts(database, {
    q,
    kinds: ['title'],
    limit,
    depth: 'all',
    ...(values.some((value) => value !== null) ? { filter } : {}),
  });
}

function filtersOfText(first: number): string {
  const [person, categories, title] = [
    `$${first}::text`,
    `$${first + 1}::text[]`,
    `$${first + 2}::text`,
  ];
  return `(${person} is null or exists (
      select from imdb.title_principals as p where p.nconst = ${person} and p.tconst = hit.id and (${categories} is null or p.category = any (${categories}))))
    and (${title} is null or exists (select from imdb.title_basics as b where b.tconst = hit.id and b.primary_title = ${title}))
    and ${allFiltersSql(first + 3)}`;
}

/**
 * All titles of a list, in no order, as a select.
 *
 * @param columns of `search.title as t`, by the rank of a candidate: what a cursor holds when left out
 */
export function selectAll(
  { order, conditions, candidates }: ResolvedTitleList,
  parameters: SqlParameters,
  columns = (rank: string) => `t.tconst, ${cursorColumns(order, partitionNumber(order), rank)}`,
): string {
  if (candidates === null) {
    const where = allOf(conditions.gin, parameters);
    // without a condition, one scan of the table is quicker than two of its partial indexes
    const parts = conditions.gin.length === 0 ? [where] : byPartialIndex(conditions, where);
    return selectTitles(parts, columns('0'));
  }
  return `select ${columns('candidate.rank::int4')} from (${prefiltered(candidates, conditions, parameters)}) as candidate join search.title as t on t.tconst = candidate.tconst where ${allOf(conditions.rows, parameters)}`;
}

/** The candidates that may match by the index of ids: rows are looked up for these alone. */
function prefiltered(candidates: SqlPart, { rows }: Conditions, parameters: SqlParameters): string {
  const all = candidates(parameters);
  if (!rows.some(({ column, prefilter }) => column === undefined && prefilter !== null)) return all;
  return `select t.tconst, candidate.rank from (${all}) as candidate join search.title as t on t.tconst = candidate.tconst where ${allPrefiltersOf(rows, parameters)} offset 0`;
}

/**
 * A whole list after a cursor as one statement, for a stream.
 *
 * @param fields the fields of the stream
 */
export function streamedList(
  titles: ResolvedTitleList,
  after: string | undefined,
  fields: readonly string[] = keysOf(FoundTitle),
): List {
  const parameters = new SqlParameters();
  const found = selectAll(titles, parameters);
  const { sort } = titles.cursorScope;
  const first = parameters.values.length + 1;
  const position = after === undefined ? [] : readCursor(titles.cursorScope, after);
  parameters.values.push(...position);
  const afterCursor = after === undefined ? '' : ` and ${isAfter(sort, 'found', first)}`;
  return {
    name: titles.cursorScope.name,
    text: `select found.tconst as "tconst", ${fields.includes('episodeOf') ? WEIGHTED_TITLE.columns : WEIGHTED_TITLE.columnsWithoutSeries}, ${sort.map(({ column }) => `found."${column}"`).join(', ')}
      from (${found}) as found ${WEIGHTED_TITLE.joins('found.tconst')} where title.tconst is not null${afterCursor}`,
    values: parameters.values,
    sort,
    fields: keysOf(FoundTitle),
  };
}
