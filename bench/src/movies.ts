import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { readNumbers } from './arguments.ts';
import { requestAtFullSpeed } from './request-load.ts';
import { sampleFolder } from './sample-folder.ts';
import { startBenchStack } from './stack.ts';
import { printTable } from './table.ts';

/**
 * `npm run bench:movies -- --titles N --records N`: measures how long the aggregator takes to merge
 * records with titles of IMDb, to merge them again when all have changed, and to follow a refresh;
 * its memory; and `GET /movies/{id}` against `GET /titles/{id}`. The records are written by SQL with
 * their matches, so that merging alone is measured.
 */

const { titles, records } = readNumbers({ titles: 120_000, records: 100_000 });
/** Requests are for so many movies, by this many connections, in turns of a second. */
const MOVIES = 1000;
const CONNECTIONS = 8;
const TURNS = 8;

const stack = await startBenchStack(await sampleFolder(titles, 0));
const client = new Client({ connectionString: stack.databaseUrl });
await client.connect();
try {
  await stack.run('/updatedata');
  await stack.settled();
  // else the records would be matched too, as after each full load
  await followed();
  const lines = [
    await measure('new records', addRecords),
    await measure('changed records', changeRecords),
    await measure('a refresh of IMDb', async () => {
      await stack.serve(await sampleFolder(titles, 1));
      await stack.run('/updatedata', { force: true });
    }),
  ];
  console.log(
    `\n${records.toLocaleString('en-US')} records, ${titles.toLocaleString('en-US')} titles`,
  );
  printTable(['', 'movies written', 'seconds', 'movies a second', 'aggregator, MB at peak'], lines);
  await compareRequests();
} finally {
  await client.end();
  await stack.stop();
}

/** Two sources, as well filled as those of films are. Every third film has a record of both. */
async function addRecords(): Promise<void> {
  await client.query('begin');
  await client.query(`
    insert into sources.source (id, definition, definition_hash, origin, priority)
    values ('films', '{}', sha256('films'), 'api', 10), ('critics', '{}', sha256('critics'), 'api', 20)`);
  await client.query(`
    insert into sources.delivery (source, file, name, sha256, bytes, received_by, state)
    select id, 'movies', 'movies.csv', sha256(id::bytea), 1, 'bench', 'taken' from sources.source where id in ('films', 'critics')`);
  await client.query(
    `insert into sources.record (source, id, delivery, line, hash, record, raw)
     select d.source, b.tconst, d.id, 1, sha256(b.tconst::bytea),
       jsonb_build_object(
         'title', b.primary_title, 'year', b.start_year, 'genres', array['Science Fiction', 'Drama'],
         'countries', array['US', 'FR'], 'languages', array['en'],
         'companies', jsonb_build_array(
           jsonb_build_object('id', 'tmdb:' || b.n % 5000, 'name', 'Company ' || b.n % 5000),
           jsonb_build_object('id', 'tmdb:' || b.n % 300, 'name', 'Company ' || b.n % 300)
         ),
         'people', jsonb_build_array(jsonb_build_object('name', 'Ada Winter ' || b.n % 9000, 'role', 'director', 'imdb', null)),
         'budget', jsonb_build_object('amount', 1000000 + b.n, 'currency', 'USD'),
         'revenue', jsonb_build_object('amount', 3000000 + b.n, 'currency', 'USD'),
         'overview', repeat('What it is about. ', 20), 'ids', jsonb_build_object('tmdb', b.n::text),
         'ratings', jsonb_build_array(jsonb_build_object(
           'name', 'all', 'value', 6.5, 'scale', '{"min": 0, "max": 10}'::jsonb, 'votes', b.n % 9000, 'kind', 'audience'))
       ), '{}'
     from (select *, row_number() over (order by tconst) as n from imdb.title_basics order by tconst limit $1::int) as b
       join sources.delivery as d on d.source = 'films' or d.source = 'critics' and b.n % 3 = 0`,
    [records],
  );
  await client.query(`
    insert into sources.match (source, record_id, movie, state, method, rule_version)
    select source, id, id, 'matched', 'title', 1 from sources.record`);
  await mark();
  await client.query('commit');
}

/** Every record has another slogan. */
async function changeRecords(): Promise<void> {
  await client.query('begin');
  await client.query(`update sources.record set record = record || '{"tagline": "Look up."}'`);
  await mark();
  await client.query('commit');
}

async function mark(): Promise<void> {
  await client.query(
    `insert into movies.pending (movie, cause) select distinct movie, '{"kind": "records"}'::jsonb from sources.match`,
  );
}

/** Does work, and waits until the movies follow. @returns a line of the table */
async function measure(what: string, work: () => Promise<void>): Promise<string[]> {
  const [{ id: last } = { id: '0' }] = await rowsOf<{ id: string }>(
    'select coalesce(max(id), 0) as id from movies.change',
  );
  await work();
  await followed();
  // each transaction has its time: from the first to the last of them
  const [measured] = await rowsOf<{ written: number; seconds: number }>(
    `select count(*)::int as written, extract(epoch from max(changed_at) - min(changed_at))::float8 as seconds
     from movies.change where id > ${last}::bigint`,
  );
  const { written = 0, seconds = 0 } = measured ?? {};
  const memory = stack.peakMemory()['aggregator'];
  return [
    what,
    written.toLocaleString('en-US'),
    seconds.toFixed(1),
    (seconds === 0 ? 0 : Math.round(written / seconds)).toLocaleString('en-US'),
    memory === undefined ? '' : String(memory),
  ];
}

/** Waits until the movies follow the last publish, and nothing is pending. */
async function followed(): Promise<void> {
  while (!(await isFollowed())) await sleep(500);
}

async function isFollowed(): Promise<boolean> {
  const [row] = await rowsOf<{ isFollowed: boolean }>(
    `select not exists (select from movies.pending)
       and (select run_id from movies.progress) is not distinct from
         (select run_id from ingest.publication order by id desc limit 1) as "isFollowed"`,
  );
  return row?.isFollowed === true;
}

async function rowsOf<Row extends object>(statement: string): Promise<Row[]> {
  return (await client.query<Row>(statement)).rows;
}

/** Both routes answer for the same ids, in turns, so that what else the machine does hits both. */
async function compareRequests(): Promise<void> {
  const ids = await rowsOf<{ id: string }>(
    `select id from movies.movie order by votes desc nulls last, id limit ${MOVIES}`,
  );
  const perSecond = { titles: 0, movies: 0 };
  for (let turn = 0; turn < TURNS; turn++)
    for (const route of ['titles', 'movies'] as const) {
      const paths = ids.map(({ id }) => `/${route}/${id}`);
      const result = await requestAtFullSpeed(stack.apiUrl, paths, {
        connections: CONNECTIONS,
        seconds: 1,
      });
      const failed = result.requests - (result.statuses.get(200) ?? 0);
      if (failed > 0)
        throw new Error(`${failed} of ${result.requests} requests for /${route} failed`);
      // the first turn warms up
      if (turn > 0) perSecond[route] += result.perSecond / (TURNS - 1);
    }
  const { titles: ofTitles, movies: ofMovies } = perSecond;
  console.log(
    `\nGET /titles/{id} ${Math.round(ofTitles)} a second, GET /movies/{id} ${Math.round(ofMovies)} a second: ratio ${(ofTitles / ofMovies).toFixed(2)}`,
  );
}
