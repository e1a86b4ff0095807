import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { matchPending } from '@marquee/aggregator';
import { createPool, migrate } from '@marquee/catalogue';
import { prepareDerivedTables } from '@marquee/loader';
import { startPostgres } from '@marquee/postgres';
import type { Pool } from 'pg';
import { loadImdbSets, readSource, type BenchRecord } from './match-data.ts';
import { makeRecords, makeTitles } from './match-speed.ts';
import { ROOT } from './folders.ts';

/**
 * `npm run bench:match -- --titles 1200000 [--records 100000]`: how fast made-up records of two
 * sources are matched with as many titles, all at once and then one that has changed.
 *
 * `npm run bench:match -- [--data ../shared/data] [--pair PROBE:REFERENCE …] [--misses]`: how well
 * real sources are matched with each other, and with real sets of IMDb, by the product itself on a
 * database of its own. Ids are taken out of all records; where both sides give ids of IMDb or TMDB, these
 * are the truth. A source is one of the shipped ones, or the file of a definition; `imdb` are the sets.
 *
 * | figure | meaning |
 * |---|---|
 * | proposed | records of the probe that are in a movie with one of the reference |
 * | precision | share of those that are right |
 * | recall | share of the records with an answer in the reference that are right |
 * | without an answer | those of the records whose id the reference does not have that are proposed |
 * | doubtful | records of the probe that are left to a person |
 */

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: join(ROOT, '../shared/data') },
    pair: { type: 'string', multiple: true },
    misses: { type: 'boolean', default: false },
    titles: { type: 'string' },
    records: { type: 'string', default: '100000' },
  },
});

const PAIRS = [
  'movielens:movies-metadata',
  'rotten-tomatoes:movies-metadata',
  'the-numbers:movies-metadata',
  'box-office-mojo:movies-metadata',
  'the-numbers:rotten-tomatoes',
  'box-office-mojo:the-numbers',
  'movielens:imdb',
  'movies-metadata:imdb',
  'rotten-tomatoes:imdb',
  'the-numbers:imdb',
  'box-office-mojo:imdb',
];

const STORE = `
  with source as (
    insert into sources.source (id, definition, definition_hash, origin, priority)
    values ($1::text, '{}', sha256(''), 'shipped', 10) returning id
  ),
  delivery as (
    insert into sources.delivery (source, file, name, sha256, bytes, received_by)
    select id, 'all', 'all', sha256(''), 0, 'bench' from source returning id, source
  ),
  record as (
    insert into sources.record (source, id, delivery, line, hash, record, raw)
    select d.source, r ->> 'id', d.id, 1, sha256(''), r -> 'record', '{}'
    from delivery d, jsonb_array_elements($2::jsonb) as r
    on conflict do nothing
    returning source, id
  )
  insert into sources.pending (source, record_id) select source, id from record`;

const folder = await mkdtemp(join(tmpdir(), 'marquee-bench-match-'));
const postgres = await startPostgres({ dataFolder: join(folder, 'postgres'), port: 0 });
const pool = createPool(postgres.url, 'the benchmark of matching', () => undefined);
const signal = new AbortController().signal;
try {
  await migrate(postgres.url);
  await prepareDerivedTables(pool, signal);
  if (values.titles !== undefined)
    await measureSpeed(Number(values.titles), Number(values.records));
  else await measurePairs();
} finally {
  await pool.end();
  await postgres.stop();
  await rm(folder, { recursive: true });
}

async function measurePairs(): Promise<void> {
  const pairs = (values.pair ?? PAIRS).map((pair) => pair.split(':') as [string, string]);
  for (const [probe, reference] of pairs.toSorted(imdbLast)) await measure(probe, reference);
}

async function measureSpeed(titleCount: number, recordCount: number): Promise<void> {
  await makeTitles(pool, titleCount);
  await pool.query('drop schema search cascade');
  await prepareDerivedTables(pool, signal);
  await makeRecords(pool, titleCount, recordCount);
  const all = await timed();
  const { rows } = await pool.query<{ state: string; count: number }>(
    'select state, count(*)::int from sources.match group by 1 order by 1',
  );
  await pool.query(`insert into sources.pending (source, record_id) values ('one', '2')`);
  await timed();
  await pool.query(`insert into sources.pending (source, record_id) values ('one', '4')`);
  const one = await timed();
  console.log(
    `${recordCount} records, ${titleCount} titles: ${all.toFixed(1)} s; one changed record ${(one * 1000).toFixed(0)} ms; peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB; ${rows.map(({ state, count }) => `${state} ${count}`).join(', ')}`,
  );
}

/** Matches all that is pending. @returns seconds */
async function timed(): Promise<number> {
  const started = performance.now();
  await matchPending(pool, signal);
  return (performance.now() - started) / 1000;
}

/** The titles are loaded once, after the pairs that do without. */
function imdbLast([, one]: [string, string], [, other]: [string, string]): number {
  return Number(one === 'imdb') - Number(other === 'imdb');
}

async function measure(probe: string, reference: string): Promise<void> {
  await pool.query(
    'truncate sources.source, sources.record_key, sources.pending, movies.pending cascade',
  );
  const records = await readSource(values.data, probe);
  await store(pool, 'probe', records);
  const others = reference === 'imdb' ? await titles() : await readSource(values.data, reference);
  if (reference !== 'imdb') await store(pool, 'reference', others);
  const seconds = await timed();
  const found = reference === 'imdb' ? await titleMatches() : await recordMatches();
  report(probe, reference, { records, others, found, doubtful: await countDoubtful(), seconds });
}

interface Measured {
  readonly records: readonly BenchRecord[];
  readonly others: readonly BenchRecord[];
  /** The reference's record of each matched record of the probe. */
  readonly found: ReadonlyMap<string, string>;
  readonly doubtful: number;
  readonly seconds: number;
}

function report(probe: string, reference: string, measured: Measured): void {
  const { records, others, found, doubtful, seconds } = measured;
  const probes = new Map(records.map((record) => [record.id, record]));
  const references = new Map(others.map((record) => [record.id, record]));
  const answers = new Set(others.map(({ ids }) => ids['imdb']).filter((id) => id !== undefined));
  const hasAnswer = ({ ids }: BenchRecord) => answers.has(ids['imdb'] ?? '');
  const isKnown = records.some(hasAnswer);
  const right = [...found].filter(([id, other]) =>
    sharesId(probes.get(id)?.ids ?? {}, references.get(other)?.ids ?? {}),
  );
  const answered = records.filter(hasAnswer);
  const astray = [...found.keys()].filter((id) => !answers.has(probes.get(id)?.ids['imdb'] ?? ''));
  const runtimes = [...found].flatMap(([id, other]) => {
    const [one, two] = [probes.get(id), references.get(other)].map(
      (record) => record?.record.runtimeMinutes ?? null,
    );
    return one == null || two == null ? [] : [Math.abs(one - two)];
  });
  console.log(
    [
      `${probe} -> ${reference}`,
      `proposed ${found.size}`,
      ...(isKnown
        ? [
            `precision ${share(right.length, found.size)}`,
            `recall ${share(right.length, answered.length)}`,
          ]
        : []),
      `doubtful ${doubtful}`,
      ...(isKnown
        ? [`without an answer ${astray.length} of ${records.length - answered.length}`]
        : []),
      ...(runtimes.length > 0
        ? [
            `runtimes within five minutes ${share(runtimes.filter((by) => by <= 5).length, runtimes.length)}`,
          ]
        : []),
      `${seconds.toFixed(1)} s`,
    ].join('  '),
  );
  if (!values.misses || !isKnown) return;
  const isRight = new Set(right.map(([id]) => id));
  for (const [id, other] of found)
    if (!isRight.has(id))
      console.log(`  wrong: ${shown(probes.get(id))} with ${shown(references.get(other))}`);
  for (const record of answered) {
    const answer = others.find(({ ids }) => ids['imdb'] === record.ids['imdb']);
    if (!isRight.has(record.id)) console.log(`  missed: ${shown(record)} with ${shown(answer)}`);
  }
}

function sharesId(ids: BenchRecord['ids'], others: BenchRecord['ids']): boolean {
  return ['imdb', 'tmdb'].some((kind) => ids[kind] !== undefined && ids[kind] === others[kind]);
}

function shown(record: BenchRecord | undefined): string {
  const { title, year, releaseDate } = record?.record ?? {};
  return `${title ?? 'no title'} (${year ?? releaseDate ?? 'no year'})`;
}

async function store(
  database: Pool,
  source: string,
  records: readonly BenchRecord[],
): Promise<void> {
  await database.query(STORE, [source, JSON.stringify(records)]);
}

async function titles(): Promise<BenchRecord[]> {
  const { rows: loaded } = await pool.query('select from imdb.title_basics limit 1');
  if (loaded.length === 0) {
    await loadImdbSets(pool, values.data);
    await pool.query('drop schema search cascade');
    await prepareDerivedTables(pool, signal);
  }
  const { rows } = await pool.query<{ id: string; title: string; year: number; runtime: number }>(
    'select tconst as id, primary_title as title, start_year as year, runtime_minutes as runtime from imdb.title_basics',
  );
  return rows.map(({ id, title, year, runtime }) => ({
    id,
    record: { title, year, runtimeMinutes: runtime },
    ids: { imdb: id },
  }));
}

async function titleMatches(): Promise<Map<string, string>> {
  return pairsOf(
    `select record_id as id, movie as other from sources.match where source = 'probe' and movie like 'tt%'`,
  );
}

async function recordMatches(): Promise<Map<string, string>> {
  return pairsOf(`
    select p.record_id as id, r.record_id as other
    from sources.match p join sources.match r on r.movie = p.movie and r.source = 'reference'
    where p.source = 'probe'`);
}

async function pairsOf(statement: string): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; other: string }>(statement);
  return new Map(rows.map(({ id, other }) => [id, other]));
}

async function countDoubtful(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int from sources.match where source = 'probe' and state = 'doubtful'`,
  );
  return rows[0]?.count ?? 0;
}

function share(count: number, of: number): string {
  return ((100 * count) / Math.max(1, of)).toFixed(2);
}
