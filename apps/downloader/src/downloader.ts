import { proxiesOf } from '@marquee/network/proxies';
import type { Logger } from '@marquee/process';
import { prepareQueue, startWorker, WORKER_TIMINGS, type WorkerTimings } from '@marquee/runs';
import { openSnapshotStore } from '@marquee/snapshots';
import { DownloaderConfig } from './config.ts';
import { Connections } from './request/connections.ts';
import { fetchDataset } from './fetch/fetch-dataset.ts';
import { DEFAULT_RETRY_POLICY, ServerOutage } from './transfer/retry-budget.ts';

export { DownloaderConfig };

/** The downloader's intervals, in milliseconds. */
export interface DownloaderTimings extends WorkerTimings {
  /** The wait after the first attempt that brought nothing; each further one is twice as long. */
  readonly downloadRetryMs: number;
  /** The longest of these waits. */
  readonly downloadRetryMaxMs: number;
}

const DOWNLOADER_TIMINGS: DownloaderTimings = {
  ...WORKER_TIMINGS,
  downloadRetryMs: DEFAULT_RETRY_POLICY.initialDelayMs,
  downloadRetryMaxMs: DEFAULT_RETRY_POLICY.maxDelayMs,
};

/**
 * Brings the downloader up: takes the jobs of its queue.
 *
 * @param given the timings that are not the defaults, for tests
 * @returns takes it down; what it was at goes back to the queue, and its part of a file stays for
 *   whoever goes on
 */
export async function startDownloader(
  config: DownloaderConfig,
  log: Logger,
  given: Partial<DownloaderTimings> = {},
): Promise<() => Promise<void>> {
  const timings = { ...DOWNLOADER_TIMINGS, ...given };
  await prepareQueue(config.QUEUE_URL);
  const store = await openSnapshotStore(config, (message) => log.warn(message));
  const timeouts = { minBytesPerSecond: config.DOWNLOAD_LEAST_BYTES_PER_SECOND };
  const connections = new Connections(proxiesOf(config));
  const outageOf = outages();
  const stop = await startWorker({
    url: config.QUEUE_URL,
    queue: 'downloader',
    handlers: {
      async download({ runId, dataset, scheduled }, { signal, report }) {
        report({ phase: 'fetching' });
        const result = await fetchDataset({
          dataset,
          baseUrl: config.DATASETS_URL,
          store,
          signal,
          onProgress: report,
          onNote: (note) => report({ note }),
          timeouts,
          retry: {
            initialDelayMs: timings.downloadRetryMs,
            maxDelayMs: timings.downloadRetryMaxMs,
            maxOutageMs: scheduled ? config.DOWNLOAD_OUTAGE_SECONDS * 1000 : 0,
          },
          outage: outageOf(runId),
          connections,
          maxGrowth: config.DOWNLOAD_MAX_GROWTH,
        });
        const { snapshot, unchanged } = result;
        report({
          phase: unchanged ? 'unchanged' : 'downloaded',
          snapshotId: snapshot.id,
          rowsTotal: snapshot.rows,
        });
        return result;
      },
    },
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

/** The outage that all downloads of a run share: there is one run at a time. */
function outages(): (runId: string) => ServerOutage {
  let last = { runId: '', outage: new ServerOutage() };
  return (runId) => {
    if (last.runId !== runId) last = { runId, outage: new ServerOutage() };
    return last.outage;
  };
}
