import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processMemory, readMachine, tuneSettings } from './settings.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;

describe('tuned settings', () => {
  it('follow the memory, within bounds', () => {
    expect(tuneSettings({ memory: 512 * MB, cores: 1, sharedMemory: null })).toMatchObject({
      shared_buffers: '128MB',
      wal_buffers: '16MB',
      maintenance_work_mem: '64MB',
      work_mem: '8MB',
    });
    expect(tuneSettings({ memory: 8 * GB, cores: 4, sharedMemory: null })).toMatchObject({
      shared_buffers: '2048MB',
      wal_buffers: '64MB',
      maintenance_work_mem: '512MB',
      work_mem: '32MB',
    });
    expect(tuneSettings({ memory: 512 * GB, cores: 64, sharedMemory: null })).toMatchObject({
      shared_buffers: '8192MB',
      wal_buffers: '128MB',
      max_parallel_maintenance_workers: 4,
    });
  });

  it('avoid /dev/shm if a container has little of it', () => {
    expect(tuneSettings({ memory: 8 * GB, cores: 4, sharedMemory: 64 * MB })).toMatchObject({
      dynamic_shared_memory_type: 'mmap',
    });
    expect(tuneSettings({ memory: 8 * GB, cores: 4, sharedMemory: 4 * GB })).not.toHaveProperty(
      'dynamic_shared_memory_type',
    );
  });

  it('can be computed for this machine', () => {
    const { memory, cores } = readMachine();
    expect(memory).toBeGreaterThan(128 * MB);
    expect(cores).toBeGreaterThanOrEqual(1);
  });
});

it('leave each process in Docker as much memory as here on a machine of the size that its settings are for', () => {
  const file = join(import.meta.dirname, '../../../../docker-compose.yml');
  const limit = /\n {2}postgres:\n[^]*? ulimits: \{ data: (\d+) \}/u.exec(
    readFileSync(file, 'utf8'),
  );
  expect(Number(limit?.[1])).toBe(processMemory({ memory: 8 * GB }));
});
