import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/** Settings by PostgreSQL's names. */
export type Settings = Readonly<Record<string, string | number>>;

/** The resources that the settings depend on; memory in bytes. */
export interface Machine {
  readonly memory: number;
  readonly cores: number;
  /** The free space in /dev/shm, which parallel queries need; null if there is none. */
  readonly sharedMemory: number | null;
}

const MB = 2 ** 20;
const GB = 2 ** 30;

/** The resources of this machine, or of the container. */
export function readMachine(): Machine {
  const limit = process.constrainedMemory();
  const shm = existsSync('/dev/shm') ? statfsSync('/dev/shm') : null;
  return {
    memory: Math.min(totalmem(), limit > 0 ? limit : Infinity),
    cores: availableParallelism(),
    sharedMemory: shm && shm.bavail * shm.bsize,
  };
}

/**
 * Settings for one user's database that is loaded in bulk and then read, on a machine that does
 * other work too.
 *
 * There is no standby and no archive, so `wal_level` is minimal: COPY into a table that the same
 * transaction created then skips the WAL. No table relies on it: a server of one's own, as that of
 * compose, has `replica`, and its standbys have every table.
 */
export function tuneSettings({ memory, cores, sharedMemory }: Machine): Settings {
  return {
    shared_buffers: megabytes(memory / 4, 128 * MB, 8 * GB),
    effective_cache_size: megabytes(memory / 2, 256 * MB, 64 * GB),
    maintenance_work_mem: megabytes(memory / 16, 64 * MB, GB),
    work_mem: megabytes(memory / 256, 8 * MB, 64 * MB),
    max_parallel_maintenance_workers: Math.min(4, cores),
    // one of each process with its queue, and readers: libs/runs/src/connection-check.ts
    max_connections: 200,
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '8GB',
    // the first change of a page after a checkpoint writes the whole page to the WAL: 1 GB in a
    // refresh of 1.2 million titles. The WAL writer, on another core, keeps up if it wakes often and
    // the buffers last until then; else the refresh writes page after page itself
    wal_buffers: megabytes(memory / 128, 16 * MB, 128 * MB),
    wal_writer_delay: '10ms',
    checkpoint_timeout: '30min',
    jit: 'off',
    random_page_cost: 1.1,
    // loads the cached pages again after a restart: else the first queries wait for the disk, page
    // after page
    shared_preload_libraries: 'pg_prewarm',
    log_checkpoints: 'off',
    log_line_prefix: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // containers often have only 64 MB of shared memory: a parallel hash join then fails with "could
    // not resize shared memory segment"
    ...(sharedMemory !== null && sharedMemory < GB && { dynamic_shared_memory_type: 'mmap' }),
  };
}

/**
 * The private memory that one process of PostgreSQL may have, in bytes; a statement that needs more
 * fails. PostgreSQL itself limits sorts and hashes alone: a statement may make any number of texts
 * of a gigabyte. If the system ends a process for want of memory, PostgreSQL restarts all others.
 */
export function processMemory({ memory }: Pick<Machine, 'memory'>): number {
  return Math.max(memory / 4, 2 * GB);
}

function megabytes(bytes: number, min: number, max: number): string {
  return `${Math.round(Math.min(Math.max(bytes, min), max) / MB)}MB`;
}
