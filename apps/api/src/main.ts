import { createLog, readConfig, runProcess } from '@marquee/process';
import { startApi } from './api.ts';
import { ApiConfig } from './config.ts';

const config = readConfig(ApiConfig, process.env);
const log = createLog('api', config.LOG_LEVEL);
await runProcess(log, () => startApi(config, log));
