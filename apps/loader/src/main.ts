import { createLog, lowerPriority, readConfigOrExit, runProcess } from '@marquee/process';
import { traced } from '@marquee/tracing';
import { LoaderConfig } from './config.ts';
import { startLoader } from './loader.ts';

lowerPriority();
const config = await readConfigOrExit(LoaderConfig, process.env);
const log = createLog('loader', config.LOG_LEVEL);
const start = async () => startLoader(config, log);
await runProcess(log, () => traced('marquee-loader', config, start), {
  heartbeatFile: config.HEARTBEAT_FILE,
});
