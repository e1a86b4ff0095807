import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Gate } from '@marquee/contract';
import { createTable, finishTable, keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { JobContext } from '@marquee/runs';
import type { SnapshotManifest, SnapshotStore } from '@marquee/snapshots';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { RowEncoder } from '../encode/row-encoder.ts';
import { allowedOf, tooManyRejects } from '../gates.ts';
import { RejectStore } from './rejects.ts';
import { inTransaction } from './transaction.ts';
import { copyUserIndexes } from './user-indexes.ts';

export interface LoadOptions {
  readonly pool: Pool;
  readonly store: SnapshotStore;
  readonly runId: string;
  readonly dataset: DatasetName;
  readonly snapshot: SnapshotManifest;
  readonly ignoreGates: readonly Gate[];
  readonly maxRejectsPercent: number;
  readonly signal: AbortSignal;
  readonly report: JobContext['report'];
}

/**
 * Loads a snapshot into its table in `imdb_next`, with key, indexes, comments and statistics, in one transaction: it is there whole, and noted in
 * `ingest.staged`, or it is not there. The table is made in the same transaction as it is filled in, so its rows are frozen from the start and, with
 * wal_level = minimal, written once.
 *
 * @throws RunFault when the header is not the dataset's or more rows than allowed cannot be taken
 */
export async function loadDataset(options: LoadOptions): Promise<void> {
  const { pool, runId, dataset, snapshot, signal, report } = options;
  report({ phase: 'copying', snapshotId: snapshot.id, bytesTotal: snapshot.bytes, rowsTotal: snapshot.rows });
  await inTransaction(pool, signal, async (client) => {
    // a worker that was taken for dead may still be at the same work
    await client.query('select pg_advisory_xact_lock(hashtext($1::text), hashtext($2::text))', ['marquee load', dataset]);
    if (await isStaged(client, options)) return;
    const table = tableOf(dataset, 'imdb_next');
    await client.query(`drop table if exists ${table}`);
    await client.query(createTable(dataset, 'imdb_next'));
    const { rows, rejects } = await fill(client, options);
    await copyUserIndexes(client, dataset);
    report({ phase: 'analyzing' });
    await client.query(`analyze ${table}`);
    await client.query(
      `insert into ingest.staged (dataset, run_id, snapshot_id, rows, rejects) values ($1::text, $2::uuid, $3::text, $4::bigint, $5::bigint)
       on conflict (dataset) do update set run_id = excluded.run_id, snapshot_id = excluded.snapshot_id, rows = excluded.rows, rejects = excluded.rejects`,
      [dataset, runId, snapshot.id, rows, rejects],
    );
    report({ phase: 'loaded' });
  });
}

async function isStaged(client: PoolClient, { dataset, runId, snapshot }: LoadOptions): Promise<boolean> {
  const { rowCount } = await client.query('select from ingest.staged where dataset = $1::text and run_id = $2::uuid and snapshot_id = $3::text', [
    dataset,
    runId,
    snapshot.id,
  ]);
  return rowCount === 1;
}

interface Counts {
  readonly rows: number;
  readonly rejects: number;
}

/** Copies the file and finishes the table. A key that comes twice shows in the file's order; in a file without order, in the key's index. */
async function fill(client: PoolClient, options: LoadOptions): Promise<Counts> {
  const { dataset, report } = options;
  const { sorted, ...counts } = await copy(client, options);
  report({ phase: 'indexing' });
  await client.query('savepoint filled');
  try {
    for (const statement of finishTable(dataset, 'imdb_next')) await client.query(statement);
    return counts;
  } catch (error) {
    if (sorted || !(error instanceof DatabaseError && error.code === UNIQUE_VIOLATION)) throw error;
  }
  await client.query('rollback to savepoint filled');
  const repeatedKeys = await findRepeatedKeys(client, options);
  await client.query(`truncate ${tableOf(dataset, 'imdb_next')}`);
  report({ phase: 'copying', bytesDone: 0, rowsDone: 0, rejects: 0 });
  const again = await copy(client, options, repeatedKeys);
  report({ phase: 'indexing' });
  for (const statement of finishTable(dataset, 'imdb_next')) await client.query(statement);
  return again;
}

const UNIQUE_VIOLATION = '23505';

async function copy(client: PoolClient, options: LoadOptions, repeatedKeys?: ReadonlySet<string>): Promise<Counts & { sorted: boolean }> {
  const { pool, store, dataset, runId, snapshot, signal, report } = options;
  const rejected = new RejectStore(pool, { runId, dataset, snapshotId: snapshot.id });
  await rejected.clear();
  const encoder = new RowEncoder({ dataset, onReject: (reject) => rejected.add(reject), ...(repeatedKeys === undefined ? {} : { repeatedKeys }) });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const allowed = allowedRejects(options);
  const settle = async (all: boolean) => {
    await rejected.flush({ all: all || encoder.rejects > allowed });
    if (encoder.rejects > allowed) throw tooManyRejects({ dataset, rejects: encoder.rejects, rows: snapshot.rows, allowed });
    report({ bytesDone: gunzip.bytesWritten, rowsDone: encoder.rows, rejects: encoder.rejects });
  };
  await pipeline(
    store.openFile(snapshot),
    gunzip,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        yield encoder.encode(chunk);
        await settle(false);
      }
      encoder.end();
      await settle(true);
    },
    client.query(copyFrom(`copy ${tableOf(dataset, 'imdb_next')} from stdin (format text, freeze)`)),
    { signal },
  );
  return { rows: encoder.rows, rejects: encoder.rejects, sorted: encoder.sorted };
}

function allowedRejects({ snapshot, maxRejectsPercent, ignoreGates }: LoadOptions): number {
  return ignoreGates.includes('rejects') ? Number.POSITIVE_INFINITY : allowedOf(snapshot.rows, maxRejectsPercent);
}

/** The keys that stand in the table more than once, as the encoder writes them. */
async function findRepeatedKeys(client: PoolClient, options: LoadOptions): Promise<Set<string>> {
  const { dataset, snapshot } = options;
  const key = keyColumnsOf(dataset).join(', ');
  const { rows } = await client.query<{ key: string }>(
    `select concat_ws(' ', ${key}) as key from ${tableOf(dataset, 'imdb_next')} group by ${key} having count(*) > 1`,
  );
  const allowed = allowedRejects(options);
  if (rows.length > allowed) throw tooManyRejects({ dataset, rejects: rows.length, rows: snapshot.rows, allowed });
  return new Set(rows.map((row) => row.key));
}
