import { changePartition } from '@marquee/catalogue';
import { escapeIdentifier, escapeLiteral, type ClientBase } from 'pg';
import { OTHER_TABLES, STATE_SCHEMAS, tableName, type Manifest } from './format.ts';

/** Positions after a restore are greater by this, so that none is given twice: a busy day takes a million. */
const POSITION_GAP = 1_000_000_000;

/** Names of the partitions of `ingest.change`. */
const CHANGE_PARTITION = new RegExp(`^${changePartition('')}([0-9a-f]{32})$`, 'u');

/**
 * Empties the tables of the state, with triggers off: what is restored has happened before. The catalogue
 * stays as it is, and with it the rows of runs and snapshots that say what it is.
 */
export async function emptyState(client: ClientBase, { tables }: Manifest): Promise<void> {
  await client.query(`set local lock_timeout = '30s'`);
  await client.query(
    'create temporary table kept_control on commit drop as table ingest.data_control',
  );
  for (const [table, column] of [
    ['run', 'run_id'],
    ['snapshot', 'snapshot_id'],
  ])
    await client.query(
      `create temporary table kept_${table} on commit drop as
       select * from ingest.${table} where id in (select ${column} from ingest.data_control)`,
    );
  for (const partition of await tablesLike(client, `ingest.${changePartition('')}%`))
    await client.query(`drop table ${partition}`);
  const state = await tablesLike(client, '%');
  await client.query(`truncate ${state.join(', ')}`);
  for (const table of state) await client.query(`alter table ${table} disable trigger user`);
  for (const { schema, name } of tables) {
    const [, run] = schema === 'ingest' ? (CHANGE_PARTITION.exec(name) ?? []) : [];
    if (run === undefined) continue;
    await client.query(
      `create table ingest.${escapeIdentifier(name)} partition of ingest.change for values in (${escapeLiteral(run)})`,
    );
    // the loader drops it when its changes expire
    await client.query(
      `alter table ingest.${escapeIdentifier(name)} owner to ${await ownerOfLog(client)}`,
    );
  }
}

/** The owner of the log of changes. */
async function ownerOfLog(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ owner: string }>(
    `select relowner::regrole::text as owner from pg_class where oid = 'ingest.change'::regclass`,
  );
  return rows[0]?.owner ?? 'current_user';
}

/** Tables that a restore leaves as they are. What is staged, and what is published, refer to runs. */
const KEPT_TABLES = OTHER_TABLES.filter(
  (name) => name !== 'ingest.staged' && name !== 'ingest.data_control',
);

/** The tables whose name is like a pattern, but those that a restore leaves as they are. */
async function tablesLike(client: ClientBase, pattern: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any ($1::text[]) and c.relkind = 'r' and n.nspname || '.' || c.relname like $2::text
       and n.nspname || '.' || c.relname <> all ($3::text[])
     order by 1`,
    [STATE_SCHEMAS, pattern, KEPT_TABLES],
  );
  return rows.map(({ name }) => name);
}

/** Makes positions, running work and what describes the catalogue follow the restored state. */
export async function followState(
  client: ClientBase,
  { lastChangeId, lastMovieChangeId }: Manifest,
): Promise<void> {
  await client.query(`insert into ingest.run select * from kept_run on conflict do nothing`);
  await client.query(
    'insert into ingest.snapshot select * from kept_snapshot on conflict do nothing',
  );
  await client.query('insert into ingest.data_control select * from kept_control');
  // its jobs are gone, and what it had staged
  await client.query(
    `update ingest.run set state = 'failed', ended_at = now(), error = $1::jsonb where state = 'running'`,
    [
      JSON.stringify({
        code: 'restored',
        message: 'The run had not ended when the backup was made that was restored.',
        hint: 'Start it again.',
        dataset: null,
      }),
    ],
  );
  await client.query(`delete from ingest.backup where state = 'running'`);
  await advance(client, 'ingest.change_id', lastChangeId);
  const gone = await advance(client, 'movies.change_id_seq', lastMovieChangeId);
  // readers may have read what the backup does not have: they are told to read again
  await client.query(
    `insert into movies.progress (changes_gone) values ($1::bigint)
     on conflict (is_only) do update set changes_gone = excluded.changes_gone`,
    [gone],
  );
  await client.query('update events.progress set epoch = default, events_gone = 0');
  await followIds(client);
  for (const table of await tablesLike(client, '%'))
    await client.query(`alter table ${table} enable trigger user`);
}

/** Sets a sequence of positions after all that it can have given. @returns its value */
async function advance(client: ClientBase, sequence: string, last: string): Promise<string> {
  const { rows } = await client.query<{ value: string }>(
    `select setval($1::text::regclass, greatest($2::bigint, coalesce(pg_sequence_last_value($1::text::regclass), 0)) + $3::bigint)::text as value`,
    [sequence, last, POSITION_GAP],
  );
  return rows[0]?.value ?? last;
}

/** Sets the sequences of identity columns after the greatest id. */
async function followIds(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; column: string; sequence: string }>(
    `select c.oid::regclass::text as name, quote_ident(a.attname) as column,
       pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where n.nspname = any ($1::text[]) and c.relkind = 'r' and a.attidentity <> ''
       and n.nspname || '.' || c.relname <> all ($2::text[])`,
    [STATE_SCHEMAS, OTHER_TABLES],
  );
  for (const { name, column, sequence } of rows)
    await client.query(
      `select setval($1::text::regclass, max(${column})) from ${name} having max(${column}) is not null`,
      [sequence],
    );
  await followAnnouncements(client);
}

/** Announcements take their ids from the deliveries. */
async function followAnnouncements(client: ClientBase): Promise<void> {
  await client.query(
    `select setval('sources.delivery_id_seq', max(id)) from sources.announcement
     having max(id) > (select coalesce(max(id), 0) from sources.delivery)`,
  );
}

/** Empties the tables of a backup of format 1 or 2, and those that follow from them. */
export async function emptyTables(client: ClientBase, manifest: Manifest): Promise<void> {
  for (const table of manifest.tables.toReversed().filter(({ schema }) => schema === 'access'))
    await client.query(`delete from ${tableName(table)}`);
  if (!hasSources(manifest)) return;
  const { rows } = await client.query<{ names: string }>(
    `select string_agg(c.oid::regclass::text, ', ') as names from pg_class c
     where c.relnamespace in ('sources'::regnamespace, 'movies'::regnamespace) and c.relkind = 'r'`,
  );
  await client.query(`truncate ${rows[0]?.names ?? ''}`);
}

function hasSources({ tables }: Manifest): boolean {
  return tables.some(({ schema }) => schema === 'sources');
}

/**
 * Marks what follows from the tables of a backup of format 1 or 2 as undone: the extractor makes all
 * records again, and with them the aggregator all matches and movies.
 */
export async function followKept(client: ClientBase, manifest: Manifest): Promise<void> {
  await client.query(
    `select setval('ingest.change_id', greatest($1::bigint, (select last_value from ingest.change_id)))`,
    [manifest.lastChangeId],
  );
  if (!hasSources(manifest)) return;
  await client.query('update sources.source set taken = null, error = null');
  await client.query(
    `insert into movies.pending (movie, cause)
     select distinct movie, '{"kind": "restore"}'::jsonb from movies.lock`,
  );
  // readers of the feed that are behind are told so
  await client.query(
    `select setval('movies.change_id_seq', greatest($1::bigint, (select last_value from movies.change_id_seq)))`,
    [manifest.lastMovieChangeId === '0' ? '1' : manifest.lastMovieChangeId],
  );
  await client.query('insert into movies.progress (changes_gone) values ($1::bigint)', [
    manifest.lastMovieChangeId,
  ]);
  for (const table of ['sources.delivery', 'sources.decision', 'movies.picture'])
    await client.query(
      `select setval(pg_get_serial_sequence($1::text, 'id'), max(id)) from ${table} having max(id) is not null`,
      [table],
    );
  await followAnnouncements(client);
}
