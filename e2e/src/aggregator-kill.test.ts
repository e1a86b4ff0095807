import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@marquee/catalogue/testing';
import type { Movie } from '@marquee/contract';
import { expect, it } from 'vitest';

const AGGREGATOR = new URL('../../apps/aggregator/dist/main.js', import.meta.url);
const RECORDS = 600;
const KILLS = 8;

/** Films of IMDb, records of two sources, and what they are to be merged to. */
const FILL = `
  insert into imdb.title_basics (tconst, title_type, primary_title, original_title, start_year)
    select 'tt' || lpad(i::text, 7, '0'), 'movie', 'Comet ' || i, 'Comet ' || i, 1990 + i % 30 from generate_series(1, ${RECORDS / 2}) as i;
  insert into sources.source (id, definition, definition_hash, origin, priority)
    values ('box', '{}', sha256('box'), 'api', 20), ('films', '{}', sha256('films'), 'api', 10);
  insert into sources.delivery (source, file, name, sha256, bytes, received_by, received_at)
    select id, 'movies', 'movies.csv', sha256(id::bytea), 1, 'test', '2026-01-01' from sources.source order by id;`;

/** A version of all records: with another slogan, and every tenth of films gone in odd versions. */
const DELIVER = `
  with version as (select $1::int as n),
  record as (
    select d.source, i::text as id, d.id as delivery, version.n,
      jsonb_build_object(
        'title', 'Comet ' || i, 'year', 1990 + i % 30, 'tagline', 'Version ' || version.n,
        'genres', array['Drama'], 'companies', jsonb_build_array(jsonb_build_object('id', 'tmdb:' || i % 7, 'name', 'Company ' || i % 7)),
        'ids', jsonb_build_object('imdb', 'tt' || lpad(i::text, 7, '0'), 'tmdb', i::text),
        'budget', jsonb_build_object('amount', 1000 * i, 'currency', 'USD'), 'revenue', jsonb_build_object('amount', 3000 * i + version.n, 'currency', 'USD')
      ) as content
    from version, sources.delivery as d, generate_series(1, ${RECORDS}) as i
  ),
  gone as (
    delete from sources.record as r using version where version.n % 2 = 1 and r.source = 'films' and r.id::int % 10 = 0 returning r.source, r.id
  ),
  given as (
    insert into sources.record as r (source, id, delivery, line, hash, record, raw)
    select source, id, delivery, 1, sha256('x'), content, '{}' from record where not (source = 'films' and n % 2 = 1 and id::int % 10 = 0)
    on conflict (source, id) do update set record = excluded.record
    returning r.source, r.id
  )
  insert into sources.pending (source, record_id)
  select source, id from gone union all select source, id from given
  on conflict (source, record_id) do update set since = now()`;

function start({ url }: TestDatabase) {
  return fork(AGGREGATOR, {
    execArgv: [],
    env: {
      ...process.env,
      DATABASE_URL: url,
      QUEUE_URL: url,
      LOG_LEVEL: 'error',
      JOB_LOCK_SECONDS: '2',
    },
  });
}

async function isDone({ pool }: TestDatabase): Promise<boolean> {
  const { rows } = await pool.query<{ isDone: boolean }>(
    `select not exists (select from sources.pending) and not exists (select from movies.pending) as "isDone"`,
  );
  return rows[0]?.isDone === true;
}

/** What users see of a database, without versions and times: these tell of the steps in between. */
async function contentOf({ pool }: TestDatabase) {
  const read = async (statement: string) => (await pool.query(statement)).rows as unknown[];
  const { rows } = await pool.query<{ document: Movie; provenance: unknown }>(
    'select document, provenance from movies.movie order by id',
  );
  const movies = rows.map(({ document: { version: _, updatedAt: __, ...movie }, provenance }) => ({
    movie,
    provenance,
  }));
  return {
    movies,
    profits: await read('select * from movies.profit order by dimension, member, year'),
    matches: await read(
      'select source, record_id, movie, state from sources.match order by source, record_id',
    ),
  };
}

/** Delivers all versions to a new database, and waits until the movies follow the last. */
async function deliverAll(afterEach: (database: TestDatabase, version: number) => Promise<void>) {
  const database = await createTestDatabase();
  await database.pool.query(FILL);
  for (let version = 1; version <= KILLS; version++) {
    await database.pool.query(DELIVER, [version]);
    await afterEach(database, version);
  }
  const last = start(database);
  await expect.poll(async () => isDone(database), { timeout: 100_000, interval: 500 }).toBe(true);
  last.kill();
  await once(last, 'exit');
  const content = await contentOf(database);
  const { rows } = await database.pool.query(
    'select from movies.change as c join movies.change as n on n.movie = c.movie and n.version = c.version + 1 where n.before is distinct from c.after',
  );
  expect(rows, 'changes that do not follow each other').toHaveLength(0);
  await database.remove();
  return content;
}

it(
  'makes the same movies when the aggregator is killed at any moment',
  { tags: ['long'] },
  async () => {
    const expected = await deliverAll(async () => Promise.resolve());
    expect(expected.movies).toHaveLength(RECORDS);
    const killed = await deliverAll(async (database) => {
      const aggregator = start(database);
      // it starts within some 700 ms, and works for seconds
      await sleep(700 + Math.random() * 2500);
      aggregator.kill('SIGKILL');
      await once(aggregator, 'exit');
    });
    expect(killed).toEqual(expected);
  },
);
