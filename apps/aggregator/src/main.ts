import { createLog, lowerPriority, readConfigOrExit, runProcess } from '@marquee/process';
import { returnMemory } from '@marquee/process/garbage';
import { traced } from '@marquee/tracing';
import { startAggregator } from './aggregator.ts';
import { AggregatorConfig } from './config.ts';

lowerPriority();
const config = await readConfigOrExit(AggregatorConfig, process.env);
const log = createLog('aggregator', config.LOG_LEVEL);
const start = async () => startAggregator(config, log, {}, returnMemory);
await runProcess(log, () => traced('marquee-aggregator', config, start), {
  heartbeatFile: config.HEARTBEAT_FILE,
});
