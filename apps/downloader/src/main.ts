import { createLog, lowerPriority, readConfigOrExit, runProcess } from '@marquee/process';
import { traced } from '@marquee/tracing';
import { DownloaderConfig } from './config.ts';
import { startDownloader } from './downloader.ts';

lowerPriority();
const config = await readConfigOrExit(DownloaderConfig, process.env);
const log = createLog('downloader', config.LOG_LEVEL);
const start = async () => startDownloader(config, log);
await runProcess(log, () => traced('marquee-downloader', config, start), {
  heartbeatFile: config.HEARTBEAT_FILE,
});
