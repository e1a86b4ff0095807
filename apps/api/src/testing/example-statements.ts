import { escapeLiteral } from 'pg';
import type { Statement } from '../database/database.ts';
import type { Reads } from '../database/deadline.ts';
import type { Position } from '../read-models/lists/sort.ts';
import { findTexts } from '../read-models/text-search/text-search.ts';
import { conditionsOf } from '../read-models/title-lists/conditions.ts';
import { readBits } from '../read-models/title-lists/filter-bits.ts';
import type { PartitionSearch } from '../read-models/title-lists/partition-search.ts';
import { PathMetrics } from '../read-models/title-lists/path-metrics.ts';
import { probe, scanIndex } from '../read-models/title-lists/index-scan.ts';
import { rangeScan } from '../read-models/title-lists/range-scan.ts';
import { ginSearch } from '../read-models/title-lists/gin-search.ts';
import { SearchLimits } from '../read-models/title-lists/search-limits.ts';
import { orderOf } from '../read-models/title-lists/sort-orders.ts';
import type { TitleRequest } from '../read-models/title-lists/resolved-list.ts';

/** A statement of a read model as psql can run it. */
export interface ExampleStatement {
  /** The name of a file, without its ending. */
  readonly name: string;
  readonly about: string;
  /** The statement, with its values as literals. */
  readonly sql: string;
}

/** A list as long as a page of 20, and the row that tells whether there is a next page. */
const LIMIT = 21;

/**
 * A finished statement of each access path of lists of titles, and of two kinds of match of a text
 * search: those that the read models send to the database.
 *
 * @param database with the functions of schema `search`
 */
export async function exampleStatements(database: Reads): Promise<ExampleStatement[]> {
  const dramas = await searchFor(database, { genre: ['Drama'], sort: 'rating' });
  const rare = await searchFor(
    database,
    { genre: ['Western'], titleType: ['movie'], sort: 'votes' },
    [0, 5000, 1994, 'tt0000001'],
  );
  const years = await searchFor(database, {
    genre: ['Drama'],
    startYearFrom: 1950,
    startYearTo: 1989,
    sort: 'votes',
  });
  const typed = await searchFor(database, { titleType: ['tvSeries'], sort: 'year' });
  const words = await sent(database, async (reads) =>
    findTexts(reads, { q: 'the long night', kinds: ['title'], depth: 'page', limit: 20 }),
  );
  return [
    {
      name: 'index-scan',
      about:
        'Index scan, first probe: GET /titles?genre=Drama&sort=rating\nAt most 5,000 entries of the index, in its order; rows are looked up where the bits say maybe.',
      sql: await lastSent(database, async (reads) => probe(reads, dramas)),
    },
    {
      name: 'gin-search',
      about:
        'GIN search: GET /titles?genre=Western&titleType=movie&sort=votes&after=…\nAll titles that match, by the GIN index, sorted for the best.',
      sql: await lastSent(database, async (reads) => ginSearch.read(reads, rare)),
    },
    {
      name: 'range-scan',
      about:
        'Range scan: GET /titles?genre=Drama&startYearFrom=1950&startYearTo=1989&sort=votes\nAll entries of these years, sorted; rows are looked up where the bits say maybe, until the page is full.',
      sql: await lastSent(database, async (reads) => rangeScan('year').read(reads, years)),
    },
    {
      name: 'value-by-value',
      about:
        'Value by value, one step: GET /titles?titleType=tvSeries&sort=year\nAn index scan within the next years that series start in, by search.title_count.',
      sql: await lastSent(database, async (reads) =>
        scanIndex(reads, typed, typed.limits.probeEntries, {
          column: 'year',
          values: [2017, 2018],
        }),
      ),
    },
    {
      name: 'text-starts',
      about:
        'Text search, exact and prefix matches: GET /search?q=the+long+night&kind=title\nThe best titles with this name, and the best whose names start with it, tier after tier.',
      sql: words[0] ?? '',
    },
    {
      name: 'text-words',
      about:
        'Text search, matches of words: GET /search?q=the+long+night&kind=title\nThe best titles that have all the words, in the tiers of known titles.',
      sql: words[1] ?? '',
    },
  ];
}

async function searchFor(
  database: Reads,
  request: TitleRequest,
  position: Position | null = null,
): Promise<PartitionSearch> {
  const order = orderOf(request.sort ?? 'votes', false);
  const [partition] = order.partitions;
  if (partition === undefined) throw new Error('An order without partitions sorts nothing.');
  return {
    order,
    conditions: conditionsOf(request, await readBits(database, request)),
    partition,
    partitionIndex: 0,
    position,
    limit: LIMIT,
    limits: new SearchLimits(),
    pathMetrics: new PathMetrics(),
  };
}

async function lastSent(
  database: Reads,
  read: (reads: Reads) => Promise<unknown>,
): Promise<string> {
  return (await sent(database, read)).at(-1) ?? '';
}

/** The statements that a read sends, with their values as literals. */
async function sent(database: Reads, read: (reads: Reads) => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const note = ({ text }: Statement, values: readonly unknown[]) =>
    statements.push(
      text.replaceAll(/\$(\d+)/gu, (_, number: string) => literal(values[Number(number) - 1])),
    );
  await read({
    lostServers: database.lostServers,
    async read(statement, values) {
      note(statement, values);
      return database.read(statement, values);
    },
    async readPrepared(statement, values) {
      note(statement, values);
      return database.readPrepared(statement, values);
    },
  });
  return statements;
}

/** A value as a literal: a string, a number or a list of strings. */
function literal(value: unknown): string {
  return escapeLiteral(
    typeof value === 'string' ? value : JSON.stringify(value).replace(/^\[(.*)\]$/u, '{$1}'),
  );
}
