import { createLog, giveWay, readConfigOrExit, runProcess } from '@marquee/process';
import { LoaderConfig } from './config.ts';
import { startLoader } from './loader.ts';

giveWay();
const config = await readConfigOrExit(LoaderConfig, process.env);
const log = createLog('loader', config.LOG_LEVEL);
await runProcess(log, () => startLoader(config, log), config.HEARTBEAT_FILE);
