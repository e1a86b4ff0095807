import { join } from 'node:path';
import { ConfigError } from '@marquee/process';
import { expect, it } from 'vitest';
import { withServiceFaults } from './service-faults.ts';

const ROOT = join(import.meta.dirname, '../../../..');

it('reports the faults of the stack and of all services at once, each once', async () => {
  const stackFault = 'LOG_LEVEL is not valid: expected debug, info, warn or error';
  const { faults } = await withServiceFaults(ConfigError.listing([stackFault]), ROOT, {
    ...process.env,
    LOG_LEVEL: 'loud',
    LOAD_CONCURRENCY: '0',
    DOWNLOAD_CONCURRENCY: 'many',
    READING: 'shut',
  });
  expect(faults.map((fault) => fault.split(' ')[0]).sort()).toEqual([
    'DOWNLOAD_CONCURRENCY',
    'LOAD_CONCURRENCY',
    'LOG_LEVEL',
    'READING',
  ]);
});
