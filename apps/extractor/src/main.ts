import { createLog, lowerPriority, readConfigOrExit, runProcess } from '@marquee/process';
import { returnMemory } from '@marquee/process/garbage';
import { traced } from '@marquee/tracing';
import { ExtractorConfig } from './config.ts';
import { startExtractor } from './extractor.ts';

lowerPriority();
const config = await readConfigOrExit(ExtractorConfig, process.env);
const log = createLog('extractor', config.LOG_LEVEL);
const start = async () => startExtractor(config, log, {}, returnMemory);
await runProcess(log, () => traced('marquee-extractor', config, start), {
  heartbeatFile: config.HEARTBEAT_FILE,
});
