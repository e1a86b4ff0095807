import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import type { ClientBase } from 'pg';
import { createTable, finishStatements, tableOf } from './tables.ts';

/** The key of an advisory lock of ours: only one process creates tables of a database at a time. */
export const SCHEMA_LOCK = 8_213_447_001;

/** The trigger on each published table that records writes by others than the loader. */
export const HAND_WRITE_TRIGGER = 'note_hand_write';

/** A transaction of the loader sets this before it writes to published tables: see the trigger. */
export const WRITE_AS_LOADER = `set local marquee.writer = 'loader'`;

/** The statement that creates the trigger. Each new table needs it. */
export function noteHandWrites(dataset: DatasetName): string {
  // the condition is evaluated for each statement, not for each row
  return `create or replace trigger ${HAND_WRITE_TRIGGER} after insert or update or delete or truncate on ${tableOf(dataset, 'imdb')}
    for each statement when (current_setting('marquee.writer', true) is distinct from 'loader') execute function ingest.note_hand_write('${dataset}')`;
}

/**
 * Creates what is missing of the published tables, in the caller's transaction: an empty table of a
 * dataset, its row in `ingest.data_control`, its trigger. Somebody may have removed any of them by
 * hand.
 *
 * @returns the datasets whose tables were missing: nothing of them is published any more
 */
export async function ensurePublishedTables(
  client: ClientBase,
  datasets: readonly DatasetName[] = DATASET_NAMES,
): Promise<DatasetName[]> {
  if ((await findMissing(client, datasets)).length === 0) return [];
  await client.query('select pg_advisory_xact_lock($1::bigint)', [SCHEMA_LOCK]);
  await client.query('create schema if not exists imdb');
  const created: DatasetName[] = [];
  for (const { dataset, table, trigger } of await findMissing(client, datasets)) {
    if (table) {
      await createEmpty(client, dataset);
      created.push(dataset);
    }
    if (trigger) await client.query(noteHandWrites(dataset));
    await client.query(
      `insert into ingest.data_control (dataset, status) values ($1::text, 'empty') on conflict do nothing`,
      [dataset],
    );
  }
  return created;
}

/** What a dataset lacks: its table, its trigger, or, with neither of these, its row alone. */
interface Missing {
  readonly dataset: DatasetName;
  readonly table: boolean;
  readonly trigger: boolean;
}

async function findMissing(
  client: ClientBase,
  datasets: readonly DatasetName[],
): Promise<Missing[]> {
  const { rows } = await client.query<Missing>(
    `select d.dataset, t.id is null as table, g.tgname is null as trigger
     from unnest($1::text[], $2::text[]) as d (dataset, name) cross join to_regclass(d.name) as t (id)
       left join pg_trigger g on g.tgrelid = t.id and g.tgname = $3::text
       left join ingest.data_control c on c.dataset = d.dataset
     where t.id is null or g.tgname is null or c.dataset is null
     order by d.dataset`,
    [datasets, datasets.map((dataset) => tableOf(dataset, 'imdb')), HAND_WRITE_TRIGGER],
  );
  return rows;
}

async function createEmpty(client: ClientBase, dataset: DatasetName): Promise<void> {
  const { key, comments, indexes } = finishStatements(dataset, 'imdb');
  for (const statement of [createTable(dataset, 'imdb'), key, ...comments, ...indexes])
    await client.query(statement);
  // if somebody has dropped the published table
  await client.query(
    `update ingest.data_control set status = 'empty', upload_date = null, snapshot_id = null, run_id = null, rows = 0, rejects = 0, orphans = '{}', repeats = 0, churn = 0
     where dataset = $1::text`,
    [dataset],
  );
}
