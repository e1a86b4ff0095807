import { createLog, readConfigOrExit, runProcess } from '@marquee/process';
import { startApi } from './api.ts';
import { ApiConfig } from './config.ts';

const config = await readConfigOrExit(ApiConfig, process.env);
const log = createLog('api', config.LOG_LEVEL);
await runProcess(log, () => startApi(config, log), { drainSeconds: config.DRAIN_SECONDS });
