import { createLog, lowerPriority, readConfigOrExit, runProcess } from '@marquee/process';
import { returnMemory } from '@marquee/process/garbage';
import { startAggregator } from './aggregator.ts';
import { AggregatorConfig } from './config.ts';

lowerPriority();
const config = await readConfigOrExit(AggregatorConfig, process.env);
const log = createLog('aggregator', config.LOG_LEVEL);
await runProcess(log, () => startAggregator(config, log, {}, returnMemory), {
  heartbeatFile: config.HEARTBEAT_FILE,
});
