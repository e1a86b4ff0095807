import { changePartitionSql, inTransaction } from '@marquee/catalogue';
import type { Pool } from 'pg';
import { markRecordsOfTitles } from '../match/mark-records.ts';

/** Changes whose titles are looked up at a time. */
const CHUNK = 500;

/** What has been published since the last call. */
interface NewPublishes {
  /** The last publish; null if there has been none since. */
  readonly last: string | null;
  /** The runs, or null if everything may have changed: after a full load, or too long a pause. */
  readonly runs: readonly string[] | null;
}

/**
 * Marks what publishes since the last call have touched: movies of changed titles, and records that
 * a new, renamed or vanished title may belong to. It costs what has changed, but for a full load,
 * after which all movies and records are marked. Progress is noted last, so that a call that dies is
 * repeated: marks are idempotent.
 */
export async function followPublishes(pool: Pool, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const followed = await readFollowed(pool);
  const { last, runs } = await readNewPublishes(pool, followed);
  if (last === null) return;
  if (runs === null) await markEverything(pool);
  else {
    await pool.query(MARK_MOVIES, [runs]);
    await markRenamed(pool, runs);
    await markRecords(pool, runs, signal);
  }
  await pool.query(
    `insert into movies.progress (run_id) values ($1::uuid)
     on conflict (is_only) do update set run_id = excluded.run_id, updated_at = now()
       where progress.run_id is not distinct from $2::uuid`,
    [last, followed],
  );
}

/** Whether something has been published since the last call of {@link followPublishes}. */
export async function arePublishesFollowed(pool: Pool): Promise<boolean> {
  return (await readNewPublishes(pool, await readFollowed(pool))).last === null;
}

/**
 * Whether the catalogue was published and is gone: the state was restored, and the loader loads it
 * again. Until then no record is matched, and no movie merged, as it would lose its titles.
 */
export async function isCatalogueGone(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ isGone: boolean }>(
    `select exists (select from ingest.publication where dataset = 'title.basics')
       and not exists (select from ingest.data_control where dataset = 'title.basics' and status = 'published') as "isGone"`,
  );
  return rows[0]?.isGone === true;
}

async function readFollowed(pool: Pool): Promise<string | null> {
  const { rows } = await pool.query<{ runId: string | null }>(
    'select run_id as "runId" from movies.progress',
  );
  return rows[0]?.runId ?? null;
}

async function readNewPublishes(pool: Pool, followed: string | null): Promise<NewPublishes> {
  const { rows } = await pool.query<{ runId: string; isWhole: boolean }>(NEW_PUBLISHES, [followed]);
  return {
    last: rows.at(-1)?.runId ?? null,
    runs: rows.some(({ isWhole }) => isWhole) ? null : rows.map(({ runId }) => runId),
  };
}

/** By run, in order; whole: changes were not recorded, or are no longer kept. */
const NEW_PUBLISHES = `
  select
    run_id as "runId",
    bool_or(kind = 'reload' or to_regclass(${changePartitionSql('run_id')}) is null) as "isWhole"
  from ingest.publication
  where id > coalesce((select max(id) from ingest.publication where run_id = $1::uuid), 0)
  group by run_id
  order by max(id)`;

const CAUSE = `'{"kind": "publish"}'::jsonb`;
const AGAIN = 'on conflict (movie) do update set since = now()';

async function markEverything(pool: Pool): Promise<void> {
  await pool.query(
    `insert into movies.pending (movie, cause)
     select id, ${CAUSE} from movies.movie where id like 'tt%' order by id ${AGAIN}`,
  );
  await pool.query(
    `insert into sources.pending (source, record_id)
     select source, id from sources.record order by source, id
     on conflict (source, record_id) do update set since = now()`,
  );
}

/** Titles of which a row has changed that movies are made of. */
const CHANGED_TITLES = `
  select distinct split_part(key, ' ', 1) as id
  from ingest.change
  where run_id = any ($1::uuid[])
    and dataset in ('title.basics', 'title.ratings', 'title.crew', 'title.akas', 'title.principals')`;

const MARK_MOVIES = `
  insert into movies.pending (movie, cause)
  select title.id, ${CAUSE}
  from (${CHANGED_TITLES}) as title
  where exists (select from movies.movie as m where m.id = title.id)
    or exists (select from movies.redirect as r where r.id = title.id)
  order by title.id
  ${AGAIN}`;

/** Marks the movies of people who have another name. */
async function markRenamed(pool: Pool, runs: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `select distinct key as id
     from ingest.change
     where run_id = any ($1::uuid[]) and dataset = 'name.basics'
       and before ->> 'primary_name' is distinct from after ->> 'primary_name'`,
    [runs],
  );
  if (rows.length > 0) await pool.query(MARK_CREDITED, [rows.map(({ id }) => id)]);
}

/**
 * Principals have an index by person. The crew has none, so it is read by title: of the movies that
 * are stored, not of all titles.
 */
const MARK_CREDITED = `
  with person as (select unnest($1::text[]) as id)
  insert into movies.pending (movie, cause)
  select credited.id, ${CAUSE}
  from (
    select p.tconst as id
    from person
      join imdb.title_principals as p on p.nconst = person.id
      join movies.movie as m on m.id = p.tconst
    union
    select m.id
    from movies.movie as m
      join imdb.title_crew as c on c.tconst = m.id,
      unnest(c.directors || c.writers) as credit (nconst)
      join person on person.id = credit.nconst
  ) as credited
  order by credited.id
  ${AGAIN}`;

/** Datasets that say with which records a title may be matched. */
const MATCHED_DATASETS = ['title.basics', 'title.akas', 'title.crew'];

/** Read in the order of the partitions' index, so that a page costs the same after any pause. */
const CHANGED_KEYS = `
  select key
  from ingest.change
  where run_id = any ($1::uuid[]) and dataset = $2::text and key > $3::text
  order by key
  limit ${CHUNK}`;

async function markRecords(
  pool: Pool,
  runs: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { rowCount } = await pool.query('select from sources.record limit 1');
  if (rowCount === 0) return;
  for (const dataset of MATCHED_DATASETS)
    for (let last: string | undefined = ''; last !== undefined;) {
      signal.throwIfAborted();
      const { rows }: { rows: { key: string }[] } = await pool.query(CHANGED_KEYS, [
        runs,
        dataset,
        last,
      ]);
      const titles = new Set(rows.map(({ key }) => key.split(' ', 1)[0] ?? key));
      await inTransaction(pool, async (client) => markRecordsOfTitles(client, [...titles]));
      last = rows.at(-1)?.key;
    }
}
