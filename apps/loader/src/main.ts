import { createLog, lowerPriority, readConfigOrExit, runProcess } from '@marquee/process';
import { LoaderConfig } from './config.ts';
import { startLoader } from './loader.ts';

lowerPriority();
const config = await readConfigOrExit(LoaderConfig, process.env);
const log = createLog('loader', config.LOG_LEVEL);
await runProcess(log, () => startLoader(config, log), { heartbeatFile: config.HEARTBEAT_FILE });
