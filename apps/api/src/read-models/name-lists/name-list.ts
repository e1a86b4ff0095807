import {
  DEFAULT_LIMIT,
  keysOf,
  MAX_SEARCH_RESULTS,
  NameBasic,
  type FindNamesQuery,
  type ListPage,
  type ListRequest,
} from '@marquee/contract';
import { compactForm, compactKey, normalForm, TIERS } from '@marquee/search';
import { selectListOf } from '../../database/columns.ts';
import type { Database } from '../../database/database.ts';
import { SqlParameters, type SqlPart } from '../../database/parameters.ts';
import { readCursor, writeCursor, type CursorScope } from '../lists/cursor.ts';
import type { List } from '../lists/list.ts';
import { isAfter, orderBy, positionOf, type Position, type SortKey } from '../lists/sort.ts';
import { findTexts } from '../text-search/text-search.ts';
import { consistentRead } from '../../database/consistent-read.ts';
import { countRows, readWithCustomPlan } from '../../database/custom-plans.ts';

/** The part of a request that says which names, and in which order. */
type NameRequest = Omit<FindNamesQuery, 'limit' | 'after' | 'fields' | 'total' | 'format' | 'csv'>;

/** A name of a page with all that is shown of it, and what a cursor holds of it. */
type NameRow = Readonly<Record<string, unknown>>;

/** A list of names that a request asks for. */
interface NameList {
  /**
   * The sort partitions of the list, as conditions on `search.name as n`: one comes whole before
   * the next.
   */
  readonly partitions: readonly string[];
  readonly where: SqlPart;
  /** A select of `nconst` and `rank`, where the names are those of a text or of one spelling. */
  readonly candidates: SqlPart | null;
  readonly cursorScope: CursorScope;
}

/** The list that a request asks for. Of a text it has the {@link MAX_SEARCH_RESULTS} best matches. */
export async function nameListOf(database: Database, request: NameRequest): Promise<NameList> {
  const {
    q,
    primaryName,
    sort = q === undefined ? 'id' : 'relevance',
    order = sort === 'relevance' ? 'desc' : 'asc',
  } = request;
  const column = COLUMNS[sort];
  // the best match has rank 1
  const descending = sort === 'relevance' ? order === 'asc' : order === 'desc';
  const keys: SortKey[] =
    column === null ? [] : [{ column: `_${column}`, type: 'int4', descending }];
  return {
    partitions:
      column === null || column === 'rank'
        ? ['true']
        : [`n.${column} is not null`, `n.${column} is null`],
    where: q === undefined ? (parameters) => conditionsOf(request, parameters) : () => 'true',
    candidates:
      q === undefined
        ? primaryName === undefined
          ? null
          : namesExactly(primaryName)
        : await namesOfText(database, q, request),
    cursorScope: {
      name: 'names',
      values: [Object.entries(request).sort()],
      sort: [
        { column: '_partition', type: 'int4' },
        ...keys,
        { column: '_nconst', type: 'text', descending },
      ],
    },
  };
}

const COLUMNS = { relevance: 'rank', id: null, birthYear: 'birth', deathYear: 'death' } as const;

/**
 * A page of names as JSON.
 *
 * @throws ProblemException 400 for a cursor of another list, 503 when it takes too long
 */
export async function pageOfNames(
  database: Database,
  names: NameList,
  {
    limit = DEFAULT_LIMIT,
    after,
    fields = keysOf(NameBasic),
    total = 'none',
  }: Partial<ListRequest> & { fields?: readonly string[] | undefined },
): Promise<ListPage> {
  const { cursorScope } = names;
  const position = after === undefined ? null : readCursor(cursorScope, after);
  const find = async () =>
    Promise.all([
      findNames(database, names, position, limit + 1),
      countNames(database, names, total),
    ]);
  const [found, count] =
    names.partitions.length === 1 && total === 'none'
      ? await find()
      : await consistentRead(database, find);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((name) => Object.fromEntries(fields.map((field) => [field, name[field]]))),
    next:
      found.length > limit && last !== undefined
        ? writeCursor(cursorScope, positionOf(cursorScope.sort, last))
        : null,
    ...(count === null ? {} : { total: count }),
  };
}

async function findNames(
  database: Database,
  names: NameList,
  position: Position | null,
  limit: number,
): Promise<NameRow[]> {
  const found: NameRow[] = [];
  for (const number of names.partitions.keys()) {
    if (number < Number(position?.[0] ?? 0) || found.length >= limit) continue;
    const parameters = new SqlParameters();
    const all = selectPartition(names, number, parameters);
    // within a partition: the sort keys after its number
    const sort = names.cursorScope.sort.slice(1);
    const isKnown = names.partitions[number]?.endsWith('is null') !== true;
    const along = isKnown ? sort : sort.slice(-1);
    const values = position?.[0] === number ? position.slice(isKnown ? 1 : -1) : [];
    const first = parameters.values.length + 1;
    parameters.values.push(...values);
    const after = values.length === 0 ? '' : ` where ${isAfter(along, 'found', first)}`;
    const order = orderBy(along, 'found');
    const page = `select * from (${all}) as found${after} order by ${order} limit ${parameters.add(limit - found.length, 'int8')}`;
    const shown = `select found.*, ${selectListOf('name.basics', 'name', 'nconst')} from (${page}) as found join imdb.name_basics as name on name.nconst = found.nconst order by ${order}`;
    // few names: one plan serves all values
    found.push(
      ...(await (names.candidates === null
        ? readWithCustomPlan<NameRow>(database, shown, parameters)
        : database.readPrepared<NameRow>({ name: '', text: shown }, parameters.values))),
    );
  }
  return found;
}

/** The names of a partition, with what a cursor holds of each. */
function selectPartition(
  { partitions, where, candidates, cursorScope }: NameList,
  number: number,
  parameters: SqlParameters,
): string {
  const source =
    candidates === null
      ? 'search.name as n'
      : `(${candidates(parameters)}) as candidate join search.name as n on n.nconst = candidate.nconst`;
  const keys = cursorScope.sort
    .slice(1, -1)
    .map(({ column }) =>
      column === '_rank'
        ? 'candidate.rank::int4 as "_rank"'
        : `${valueOf(column, partitions[number])} as "${column}"`,
    );
  return `select ${[`n.nconst`, `${number} as "_partition"`, ...keys, 'n.nconst as "_nconst"'].join(', ')} from ${source} where ${partitions[number] ?? 'true'} and ${where(parameters)}`;
}

/**
 * A column of a cursor, which is never null. Where the partition has no nulls, the column stands
 * alone, so that its index serves.
 */
function valueOf(column: string, partition = ''): string {
  return partition.endsWith('is not null')
    ? `n.${column.slice(1)}`
    : `coalesce(n.${column.slice(1)}, 0)`;
}

function conditionsOf(
  { profession, birthYearFrom, birthYearTo, deathYearFrom, deathYearTo }: NameRequest,
  parameters: SqlParameters,
): string {
  const number = (column: string, operator: string, value: number | undefined) =>
    value === undefined ? [] : [`n.${column} ${operator} ${parameters.add(value, 'int4')}`];
  const conditions = [
    ...(profession === undefined
      ? []
      : [`n.professions @> ${parameters.add(profession, 'text[]')}`]),
    ...number('birth', '>=', birthYearFrom),
    ...number('birth', '<=', birthYearTo),
    ...number('death', '>=', deathYearFrom),
    ...number('death', '<=', deathYearTo),
  ];
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

/** The names with exactly this spelling. */
function namesExactly(primaryName: string): SqlPart {
  return (parameters) => {
    const keys = parameters.add(
      TIERS.map((tier) => tier + compactForm(normalForm(primaryName))),
      'text[]',
    );
    return `select distinct b.nconst, 0 as rank from search.name_text as hit join imdb.name_basics as b on b.nconst = hit.id
      where ${compactKey('hit.key')} = any (${keys}) and b.primary_name = ${parameters.add(primaryName, 'text')}`;
  };
}

/** The names that a text search finds among those that pass the filters, the best first. */
async function namesOfText(database: Database, q: string, request: NameRequest): Promise<SqlPart> {
  const {
    primaryName = null,
    profession = null,
    birthYearFrom = null,
    birthYearTo = null,
    deathYearFrom = null,
    deathYearTo = null,
  } = request;
  const hits = await findTexts(database, {
    q,
    kinds: ['name'],
    limit: MAX_SEARCH_RESULTS,
    depth: 'all',
    filter: {
      name: 'filtered',
      joins: 'join search.name as n on n.nconst = hit.id',
      where: filtersOfText,
      values: [primaryName, profession, birthYearFrom, birthYearTo, deathYearFrom, deathYearTo],
    },
  });
  return (parameters) =>
    `select * from unnest(${parameters.add(
      hits.map(({ id }) => id),
      'text[]',
    )}) with ordinality as hit (nconst, rank)`;
}

function filtersOfText(first: number): string {
  const unless = (i: number, type: string, sql: (value: string) => string) =>
    `($${first + i}::${type} is null or ${sql(`$${first + i}::${type}`)})`;
  return [
    unless(
      0,
      'text',
      (value) =>
        `exists (select from imdb.name_basics as b where b.nconst = hit.id and b.primary_name = ${value})`,
    ),
    unless(1, 'text[]', (value) => `n.professions @> ${value}`),
    unless(2, 'int4', (value) => `n.birth >= ${value}`),
    unless(3, 'int4', (value) => `n.birth <= ${value}`),
    unless(4, 'int4', (value) => `n.death >= ${value}`),
    unless(5, 'int4', (value) => `n.death <= ${value}`),
  ].join(' and ');
}

async function countNames(
  database: Database,
  names: NameList,
  how: 'exact' | 'estimated' | 'none',
): Promise<number | null> {
  if (how === 'none') return null;
  return countRows(database, how, (parameters) => selectAll(names, parameters));
}

/** The rows of all partitions of a list. */
function selectAll(names: NameList, parameters: SqlParameters): string {
  return names.partitions
    .map((_, number) => selectPartition(names, number, parameters))
    .join(' union all ');
}

/** The whole list after a cursor as one statement, for a stream. */
export function streamedNames(names: NameList, after: string | undefined): List {
  const parameters = new SqlParameters();
  const all = selectAll(names, parameters);
  const { name, sort } = names.cursorScope;
  const first = parameters.values.length + 1;
  parameters.values.push(...(after === undefined ? [] : readCursor(names.cursorScope, after)));
  const afterCursor = after === undefined ? '' : ` where ${isAfter(sort, 'found', first)}`;
  return {
    name,
    text: `select ${selectListOf('name.basics', 'name')}, ${sort.map(({ column }) => `found."${column}"`).join(', ')}
      from (${all}) as found join imdb.name_basics as name on name.nconst = found.nconst${afterCursor}`,
    values: parameters.values,
    sort,
    fields: keysOf(NameBasic),
  };
}
