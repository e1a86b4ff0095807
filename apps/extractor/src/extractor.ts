import { resolve } from 'node:path';
import { createPool, migrate } from '@marquee/catalogue';
import { repeat, type Logger } from '@marquee/process';
import {
  checkConnections,
  MOST_CONNECTIONS,
  prepareQueue,
  RunQueue,
  startWorker,
  WORKER_TIMINGS,
  type Handler,
  type WorkerTimings,
} from '@marquee/runs';
import { openFileStore } from '@marquee/snapshots';
import { readProviders } from '@marquee/snapshots/providers';
import { parseDefinition } from '@marquee/sources';
import type { Pool } from 'pg';
import { ExtractorConfig } from './config.ts';
import { syncDefinitions } from './definitions/sync-definitions.ts';
import { extractSource, type Extraction } from './extract/extract-source.ts';
import type { Gates } from './extract/gates.ts';
import { FileWatch } from './folders/watch-files.ts';
import { LibraryWatch } from './folders/watch-library.ts';
import type { Clock } from './receive/clock.ts';
import { startReceiver } from './receive/receive.ts';

export { ExtractorConfig };

/** The extractor's intervals, in milliseconds. */
export interface ExtractorTimings extends WorkerTimings {
  /** How long a file in a folder must stay as it is before it is read. */
  readonly settledMs: number;
  /** How often folders are scanned; by default SOURCES_CHECK_SECONDS. */
  readonly checkMs: number;
  /** How long a request to a queue of events waits for one, in seconds. */
  readonly queuePollSeconds: number;
  /** The time by which schedules are due and queues are asked again. */
  readonly clock: Clock;
}

/**
 * Starts the extractor: it makes deliveries of files in folders, in buckets, in inboxes and on
 * servers, and records of deliveries.
 *
 * @param onJobEnd called after each job
 * @returns stops it; an unfinished job goes back to the queue
 */
export async function startExtractor(
  config: ExtractorConfig,
  log: Logger,
  {
    settledMs,
    checkMs = config.SOURCES_CHECK_SECONDS * 1000,
    queuePollSeconds,
    clock,
    ...timings
  }: Partial<ExtractorTimings> = {},
  onJobEnd: () => void = () => undefined,
): Promise<() => Promise<void>> {
  const providers = await readProviders(config.PROVIDERS_FILE);
  await migrate(config.DATABASE_URL);
  await prepareQueue(config.QUEUE_URL);
  const onLost = (error: Error) => log.warn({ err: error }, 'lost a connection to the database');
  const pool = createPool(config.DATABASE_URL, 'marquee extractor', onLost, {
    max: MOST_CONNECTIONS.extractor,
  });
  const queue = new RunQueue(config.QUEUE_URL, (error) =>
    log.warn({ err: error }, 'lost a connection to the queue'),
  );
  await queue.ready();
  await checkConnections('extractor', config, queue, log);
  const onWarning = (message: string) => log.warn(message);
  const stores = {
    deliveries: await openFileStore(config, 'deliveries', onWarning),
    pictures: await openFileStore(config, 'pictures', onWarning),
  };
  const extraction = { pool, stores, gates: gatesOf(config) };
  const stopWorking = await startWorker({
    url: config.QUEUE_URL,
    queue: 'extractor',
    handlers: { extract: extractHandler(extraction, queue, onJobEnd) },
    concurrency: 1,
    lockSeconds: config.JOB_LOCK_SECONDS,
    log,
    timings: { ...WORKER_TIMINGS, ...timings },
  });
  const receiver = await startReceiver({
    receiving: {
      pool,
      store: stores.deliveries,
      wake: async (source) => queue.wake('extract', { source }),
    },
    queue,
    providers,
    config,
    log,
    ...(clock && { clock }),
    queuePollSeconds,
  });
  const watches = {
    files: new FileWatch(pool, stores.deliveries, settledMs),
    library: new LibraryWatch(pool, stores, settledMs),
  };
  const check = async () => {
    await syncDefinitions(pool, config.SOURCES_DIR, onWarning);
    await scanFolders(pool, config, watches, log);
    await receiver.look();
    for (const source of await sourcesToExtract(pool)) await queue.wake('extract', { source });
  };
  const stopChecking = repeat(checkMs, check, (error) =>
    log.warn({ err: error }, 'could not scan definitions and folders; will try again'),
  );
  log.info('ready for jobs');
  return async () => {
    await receiver.stop();
    await stopChecking();
    await stopWorking();
    await queue.close();
    await pool.end();
  };
}

function gatesOf(config: ExtractorConfig): Gates {
  return {
    maxRejectsPercent: config.MAX_SOURCE_REJECTS_PERCENT,
    maxLossPercent: config.MAX_RECORD_LOSS_PERCENT,
  };
}

/** The handler of extract jobs. */
function extractHandler(
  extraction: Omit<Extraction, 'signal' | 'onRows'>,
  queue: RunQueue,
  onJobEnd: () => void,
): Handler<'extract'> {
  return async ({ source }, { signal, report }) => {
    const onRows = (rowsDone: number) => report({ rowsDone });
    try {
      await extractSource(source, { ...extraction, signal, onRows });
      // also after an extraction that died before it could say so
      await queue.wake('aggregate', {});
      return null;
    } finally {
      onJobEnd();
    }
  };
}

/** Makes deliveries of what is new in the folders of all sources. */
async function scanFolders(
  pool: Pool,
  { SOURCES_DIR, LIBRARY_DIR }: ExtractorConfig,
  watches: { readonly files: FileWatch; readonly library: LibraryWatch },
  log: Logger,
): Promise<void> {
  const { rows } = await pool.query<{ id: string; definition: unknown }>(
    'select id, definition from sources.source order by id',
  );
  for (const { id, definition: json } of rows) {
    try {
      const definition = parseDefinition(json);
      const isLibrary = definition.files[0]?.format === 'nfo';
      const folder =
        id === 'nfo' && LIBRARY_DIR !== undefined
          ? LIBRARY_DIR
          : resolve(SOURCES_DIR, definition.folder ?? id);
      await (isLibrary ? watches.library : watches.files).scan(definition, folder);
    } catch (error) {
      log.warn({ err: error, source: id }, `could not scan the folder of ${id}`);
    }
  }
}

/** The sources whose records may not follow their deliveries yet: a few, at most all. */
async function sourcesToExtract(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from sources.source s
     where exists (select from sources.delivery d where d.source = s.id and d.state = 'received')
       -- as a restored backup leaves it
       or s.taken is null and exists (select from sources.delivery d where d.source = s.id and d.state = 'taken')
       or s.taken ->> 'definition' <> encode(s.definition_hash, 'hex')
       or exists (
         select from jsonb_each_text(s.taken -> 'deliveries') t join sources.delivery d on d.id = t.value::bigint
         where d.state = 'withdrawn'
       )
     order by id`,
  );
  return rows.map(({ id }) => id);
}
