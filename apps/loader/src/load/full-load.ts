import { pipeline } from 'node:stream/promises';
import { createTable, finishTable, keyColumnsOf, tableOf } from '@marquee/catalogue';
import { RunFault } from '@marquee/runs';
import { DatabaseError, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { RowEncoder, type Reject } from '../encode/row-encoder.ts';
import { tooManyRejects } from '../gates.ts';
import { expectDatabaseSpace } from './database-space.ts';
import { gunzip } from './gunzip.ts';
import { RejectStore } from './rejects.ts';
import { allowedRejects, beginStaging, noteStaged, type LoadOptions } from './staging.ts';
import { inTransaction } from './transaction.ts';
import { copyUserIndexes } from './user-indexes.ts';

/**
 * Loads a snapshot into its table in `imdb_next`, with key, indexes, comments and statistics, in one transaction: it is there whole, or not at all.
 * The table is made in the same transaction as it is filled in, so its rows are frozen from the start and, with wal_level = minimal, written once.
 *
 * @throws RunFault when the header is not the dataset's or more lines than allowed cannot be taken
 */
export async function loadFully(options: LoadOptions): Promise<void> {
  const { pool, runId, dataset, snapshot, signal, report } = options;
  report({ phase: 'copying' });
  await inTransaction(pool, signal, async (client) => {
    if (!(await beginStaging(client, options))) return;
    await expectDatabaseSpace(client, options);
    await client.query(createTable(dataset, 'imdb_next'));
    const filled = await fill(client, options);
    await copyUserIndexes(client, dataset);
    report({ phase: 'analyzing' });
    await client.query(`analyze ${tableOf(dataset, 'imdb_next')}`);
    await noteStaged(client, runId, { dataset, snapshotId: snapshot.id, ...filled, baseSnapshotId: null, inserted: 0, updated: 0, deleted: 0 });
  });
}

interface Filled {
  readonly rows: number;
  readonly rejects: number;
  readonly sorted: boolean;
}

/** Copies the file and finishes the table. A key that comes twice shows in the file's order; in a file without order, in the key's index. */
async function fill(client: PoolClient, options: LoadOptions): Promise<Filled> {
  const { dataset, report } = options;
  const filled = await copy(client, options);
  report({ phase: 'indexing' });
  await client.query('savepoint filled');
  try {
    await finish(client, options);
    return filled;
  } catch (error) {
    if (filled.sorted || !(error instanceof DatabaseError && error.code === UNIQUE_VIOLATION)) throw error;
  }
  await client.query('rollback to savepoint filled');
  const repeatedKeys = await findRepeatedKeys(client, options);
  await client.query(`truncate ${tableOf(dataset, 'imdb_next')}`);
  report({ phase: 'copying', bytesDone: 0, rowsDone: 0, rejects: 0 });
  const again = await copy(client, options, repeatedKeys);
  report({ phase: 'indexing' });
  await finish(client, options);
  return again;
}

const UNIQUE_VIOLATION = '23505';

async function finish(client: PoolClient, { dataset, signal }: LoadOptions): Promise<void> {
  for (const statement of finishTable(dataset, 'imdb_next')) {
    signal.throwIfAborted();
    await client.query(statement);
  }
}

async function copy(client: PoolClient, options: LoadOptions, repeatedKeys?: ReadonlySet<string>): Promise<Filled> {
  const { pool, store, dataset, runId, snapshot, signal, report } = options;
  const rejected = new RejectStore(pool, { runId, dataset, snapshotId: snapshot.id });
  await rejected.clear();
  const onReject = (reject: Reject) => {
    rejected.add(reject);
    if (encoder.rejects > allowed) throw tooManyRejects({ dataset, rejects: encoder.rejects, rows: snapshot.rows, allowed });
  };
  const encoder: RowEncoder = new RowEncoder({ dataset, onReject, ...(repeatedKeys === undefined ? {} : { repeatedKeys }) });
  const unpacked = gunzip(store.openFile(snapshot));
  const allowed = allowedRejects(options);
  const settle = async (all: boolean) => {
    await rejected.flush({ all });
    report({ bytesDone: unpacked.bytesWritten, rowsDone: encoder.rows, rejects: encoder.rejects });
  };
  const readable = async function* (chunks: AsyncIterable<Buffer>) {
    try {
      yield* chunks;
    } catch (error) {
      throw error instanceof Error && 'code' in error && String(error.code).startsWith('Z_') ? damaged(options, error.message, error) : error;
    }
  };
  try {
    await pipeline(
      unpacked,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of readable(chunks)) {
          yield encoder.encode(chunk);
          await settle(false);
        }
        encoder.end();
      },
      client.query(copyFrom(`copy ${tableOf(dataset, 'imdb_next')} from stdin (format text, freeze)`)),
      { signal },
    );
  } finally {
    // also of a load that they have ended: to be read
    await settle(true);
  }
  const { rows, rejects, sorted } = encoder;
  if (rows + rejects !== snapshot.rows) throw damaged(options, `it has ${rows + rejects} lines where its manifest has ${snapshot.rows}`);
  return { rows, rejects, sorted };
}

/** The file in the store is not what was verified when it was downloaded. */
function damaged({ dataset, store, snapshot }: LoadOptions, what: string, cause?: unknown): RunFault {
  return new RunFault({
    code: 'snapshot-damaged',
    message: `The snapshot ${store.locationOf(snapshot)} of ${dataset} is damaged: ${what}.`,
    hint: 'Is the disk well? Remove what lies there with its manifest, and POST /run-downloader to fetch it again.',
    cause,
  });
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
