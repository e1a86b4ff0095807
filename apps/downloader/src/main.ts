import { createLog, lowerPriority, readConfigOrExit, runProcess } from '@marquee/process';
import { DownloaderConfig } from './config.ts';
import { startDownloader } from './downloader.ts';

lowerPriority();
const config = await readConfigOrExit(DownloaderConfig, process.env);
const log = createLog('downloader', config.LOG_LEVEL);
await runProcess(log, () => startDownloader(config, log), { heartbeatFile: config.HEARTBEAT_FILE });
