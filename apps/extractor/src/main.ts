import { createLog, lowerPriority, readConfigOrExit, runProcess } from '@marquee/process';
import { returnMemory } from '@marquee/process/garbage';
import { ExtractorConfig } from './config.ts';
import { startExtractor } from './extractor.ts';

lowerPriority();
const config = await readConfigOrExit(ExtractorConfig, process.env);
const log = createLog('extractor', config.LOG_LEVEL);
await runProcess(log, () => startExtractor(config, log, {}, returnMemory), {
  heartbeatFile: config.HEARTBEAT_FILE,
});
