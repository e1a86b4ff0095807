import { FoundTitle, keysOf, MOST_FOUND, type FindTitlesQuery } from '@marquee/contract';
import { WEIGHTED_TITLE } from '../../database/columns.ts';
import type { Database } from '../../database/database.ts';
import { Parameters, type Sql } from '../../database/parameters.ts';
import { readCursor, type CursorList } from '../lists/cursor.ts';
import type { List } from '../lists/list.ts';
import { isAfter } from '../lists/sort.ts';
import { findTexts } from '../text-search/text-search.ts';
import { readBits } from './filter-bits.ts';
import {
  allOf,
  anyConditions,
  anyValues,
  conditionsOf,
  halvesOf,
  marksOf,
  titlesWhere,
  type Conditions,
} from './title-filters.ts';
import { categoriesOf, filmographyOf } from './filmography.ts';
import {
  cursorColumns,
  orderOf,
  segmentExpression,
  sortKeysOf,
  type Order,
} from './sort-orders.ts';
import type { SearchLimits } from './search-limits.ts';

/** What of a request says which titles, and in which order. */
export type TitleRequest = Omit<FindTitlesQuery, 'limit' | 'after' | 'fields' | 'total' | 'format'>;

/** A list of titles, as it is asked for. */
export interface TitleList {
  readonly order: Order;
  readonly conditions: Conditions;
  /**
   * A select of `tconst` and `place`, when the titles are among those of a person or of a text: all
   * of these are looked at, as they are few.
   */
  readonly among: Sql | null;
  /**
   * What the statement of a first page of `among` can be called; empty where it is put together
   * from parts.
   */
  readonly name: string;
  readonly cursors: CursorList;
  readonly limits: SearchLimits;
}

/**
 * The list that a request asks for. Of a text it has the titles that fit best, so many at the most:
 * a first page costs less than all of its pages.
 */
export async function titleListOf(
  database: Database,
  request: TitleRequest,
  limits: SearchLimits,
  mostOfText = MOST_FOUND,
): Promise<TitleList> {
  const {
    q,
    sort = q === undefined ? 'votes' : 'relevance',
    order: way = sort === 'title' || sort === 'id' ? 'asc' : 'desc',
    person,
    role,
    primaryTitle,
  } = request;
  const order = orderOf(sort, way === 'asc');
  const sources = [
    ...(person === undefined ? [] : [filmographyOf(person, role)]),
    ...(primaryTitle === undefined ? [] : [titlesCalled(primaryTitle)]),
  ];
  const sourced: Sql = (parameters) =>
    `select tconst, 0 as place from (${sources.map((source) => `(${source(parameters)})`).join(' intersect ')}) as source`;
  return {
    order,
    conditions:
      q === undefined ? conditionsOf(request, await readBits(database, request)) : conditionsOf({}),
    among:
      q === undefined
        ? sources.length === 0
          ? null
          : sourced
        : await titlesOfText(
            database,
            q,
            request,
            sort === 'relevance' && way === 'desc' ? mostOfText : MOST_FOUND,
          ),
    // of a text the filters have been applied by now
    name: q === undefined ? '' : `titles of a text by ${sort} ${way}`,
    cursors: { name: 'titles', values: [Object.entries(request).sort()], sort: sortKeysOf(order) },
    limits,
  };
}

/** The titles that are called so, as a select of `tconst`. */
function titlesCalled(primaryTitle: string): Sql {
  return (parameters) => {
    const title = parameters.add(primaryTitle, 'text');
    const near = titlesWhere(
      halvesOf({ rated: null }, `t.sort_title = search.sort_form(${title})`),
      't.tconst',
    );
    return `select tconst from (${near}) as near join imdb.title_basics using (tconst) where primary_title = ${title}`;
  };
}

/**
 * The titles that a text finds among those that pass the filters, the best first, as a select of
 * `tconst` and `place`.
 */
export async function titlesOfText(
  database: Database,
  q: string,
  request: TitleRequest,
  limit: number,
): Promise<Sql> {
  const { person = null, role, primaryTitle = null } = request;
  const values = [person, categoriesOf(role), primaryTitle, ...anyValues(request)];
  // one statement for all filters: there are more combinations than statements could be prepared
  const filter = {
    name: 'filtered',
    joins: 'join search.title as t on t.tconst = hit.id',
    where: whereOfText,
    values,
  };
  const hits = await findTexts(database, {
    q,
    kinds: ['title'],
    limit,
    isWhole: true,
    ...(values.some((value) => value !== null) ? { filter } : {}),
  });
  return (parameters) =>
    `select * from unnest(${parameters.add(
      hits.map(({ id }) => id),
      'text[]',
    )}) with ordinality as hit (tconst, place)`;
}

function whereOfText(first: number): string {
  const [person, categories, title] = [
    `$${first}::text`,
    `$${first + 1}::text[]`,
    `$${first + 2}::text`,
  ];
  return `(${person} is null or exists (
      select from imdb.title_principals as p where p.nconst = ${person} and p.tconst = hit.id and (${categories} is null or p.category = any (${categories}))))
    and (${title} is null or exists (select from imdb.title_basics as b where b.tconst = hit.id and b.primary_title = ${title}))
    and ${anyConditions(first + 3)}`;
}

/** All titles of a list, in no order, with what a cursor holds of each. */
export function selectAll({ order, conditions, among }: TitleList, parameters: Parameters): string {
  const columns = (place: string) =>
    `t.tconst, ${cursorColumns(order, segmentExpression(order), place)}`;
  if (among === null) {
    const where = allOf(conditions.terms, parameters);
    // to read all of them once is quicker than to read them twice
    const parts = conditions.terms.length === 0 ? [where] : halvesOf(conditions, where);
    return titlesWhere(parts, columns('0'));
  }
  return `select ${columns('among.place::int4')} from (${marked(among, conditions, parameters)}) as among join search.title as t on t.tconst = among.tconst where ${allOf(conditions.plain, parameters)}`;
}

/**
 * Those that may fit by the bits in the index of ids, where there are bits to go by: others are not
 * looked up in the table.
 */
function marked(among: Sql, { plain }: Conditions, parameters: Parameters): string {
  const all = among(parameters);
  if (!plain.some(({ on, mark }) => on === undefined && mark !== null)) return all;
  return `select t.tconst, among.place from (${all}) as among join search.title as t on t.tconst = among.tconst where ${allOf(marksOf(plain), parameters)} offset 0`;
}

/**
 * The whole list from a cursor on as one statement, for a stream.
 *
 * @param fields those that are asked for
 */
export function streamedList(
  titles: TitleList,
  after: string | undefined,
  fields: readonly string[] = keysOf(FoundTitle),
): List {
  const parameters = new Parameters();
  const found = selectAll(titles, parameters);
  const { sort } = titles.cursors;
  const first = parameters.values.length + 1;
  const position = after === undefined ? [] : readCursor(titles.cursors, after);
  parameters.values.push(...position);
  const behind = after === undefined ? '' : ` and ${isAfter(sort, 'found', first)}`;
  return {
    name: titles.cursors.name,
    text: `select found.tconst as "tconst", ${fields.includes('episodeOf') ? WEIGHTED_TITLE.columns : WEIGHTED_TITLE.columnsOfItsOwn}, ${sort.map(({ column }) => `found."${column}"`).join(', ')}
      from (${found}) as found ${WEIGHTED_TITLE.joins('found.tconst')} where title.tconst is not null${behind}`,
    values: parameters.values,
    sort,
    fields: keysOf(FoundTitle),
  };
}
