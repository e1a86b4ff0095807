import { proxiesOf } from '@marquee/network/proxies';
import type { Logger } from '@marquee/process';
import {
  prepareQueue,
  startWorker,
  WORKER_TIMINGS,
  type Handler,
  type WorkerTimings,
} from '@marquee/runs';
import { awsCredentials, openSnapshotStore, type SnapshotStore } from '@marquee/snapshots';
import { readProviders } from '@marquee/snapshots/providers';
import { DownloaderConfig } from './config.ts';
import { AnnouncedFiles } from './fetch/announced-files.ts';
import { fetchDataset } from './fetch/fetch-dataset.ts';
import { Connections } from '@marquee/network/connections';
import { DEFAULT_RETRY_POLICY, ServerOutage } from './transfer/retry-budget.ts';

export { DownloaderConfig };

/** The intervals of the downloader, in milliseconds. */
export interface DownloaderTimings extends WorkerTimings {
  /** The delay after the first attempt without progress. It doubles with each further one. */
  readonly downloadRetryMs: number;
  /** The longest such delay. */
  readonly downloadRetryMaxMs: number;
}

const DOWNLOADER_TIMINGS: DownloaderTimings = {
  ...WORKER_TIMINGS,
  downloadRetryMs: DEFAULT_RETRY_POLICY.initialDelayMs,
  downloadRetryMaxMs: DEFAULT_RETRY_POLICY.maxDelayMs,
};

/**
 * Starts the downloader, which processes the download jobs of the queue.
 *
 * @param overrides timings other than the defaults, for tests
 * @returns stops it: running jobs go back to the queue, and their partial downloads stay for the
 *   next worker
 */
export async function startDownloader(
  config: DownloaderConfig,
  log: Logger,
  overrides: Partial<DownloaderTimings> = {},
): Promise<() => Promise<void>> {
  const timings = { ...DOWNLOADER_TIMINGS, ...overrides };
  await prepareQueue(config.QUEUE_URL);
  const store = await openSnapshotStore(config, (message) => log.warn(message));
  const connections = new Connections(proxiesOf(config));
  const announced = new AnnouncedFiles(
    await readProviders(config.PROVIDERS_FILE),
    proxiesOf(config),
    awsCredentials(config),
  );
  const stop = await startWorker({
    url: config.QUEUE_URL,
    queue: 'downloader',
    handlers: { download: downloadHandler(config, timings, store, connections, announced) },
    concurrency: config.DOWNLOAD_CONCURRENCY,
    lockSeconds: config.JOB_LOCK_SECONDS,
    log,
    timings,
  });
  const origin = new URL(config.DATASETS_URL);
  const proxy = connections.proxyOf(origin);
  log.info(
    `ready for jobs; datasets come from ${origin.origin}${proxy === null ? '' : ` through the proxy ${proxy}`}`,
  );
  return async () => {
    await stop();
    await connections.close();
  };
}

/** The handler of download jobs: fetches a dataset into the store and reports its progress. */
function downloadHandler(
  config: DownloaderConfig,
  timings: DownloaderTimings,
  store: SnapshotStore,
  connections: Connections,
  announced: AnnouncedFiles,
): Handler<'download'> {
  const outageOf = outagePerRun();
  return async ({ runId, dataset, scheduled, object }, { signal, report }) => {
    report({ phase: 'fetching' });
    const result = await fetchDataset({
      dataset,
      baseUrl: config.DATASETS_URL,
      objectUrl: object === null ? undefined : await announced.urlOf(object),
      store,
      signal,
      onProgress: (progress) => report({ phase: 'fetching', ...progress }),
      onRetry: (attempt, attempts) =>
        report({ phase: `the server does not answer, attempt ${attempt} of ${attempts}` }),
      onNote: (note) => report({ note }),
      timeouts: { minBytesPerSecond: config.DOWNLOAD_LEAST_BYTES_PER_SECOND },
      retry: {
        initialDelayMs: timings.downloadRetryMs,
        maxDelayMs: timings.downloadRetryMaxMs,
        maxOutageMs: scheduled ? config.DOWNLOAD_OUTAGE_SECONDS * 1000 : 0,
      },
      outage: outageOf(runId),
      connections,
      maxGrowth: config.DOWNLOAD_MAX_GROWTH,
      freshMs: config.DOWNLOAD_FRESH_SECONDS * 1000,
    });
    const { snapshot, unchanged } = result;
    report({
      phase: unchanged ? 'unchanged' : 'downloaded',
      snapshotId: snapshot.id,
      rowsTotal: snapshot.rows,
    });
    return result;
  };
}

/** The outage that all downloads of a run share. Only the last is kept: one run runs at a time. */
function outagePerRun(): (runId: string) => ServerOutage {
  let last = { runId: '', outage: new ServerOutage() };
  return (runId) => {
    if (last.runId !== runId) last = { runId, outage: new ServerOutage() };
    return last.outage;
  };
}
