import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/** Settings by PostgreSQL's names. */
export type Settings = Readonly<Record<string, string | number>>;

/** What the settings follow from; memory in bytes. */
export interface Machine {
  readonly memory: number;
  readonly cores: number;
  /** Shared memory file system, which parallel queries need; null where there is none. */
  readonly sharedMemory: number | null;
}

const MB = 2 ** 20;
const GB = 2 ** 30;

/** The machine we are on; in a container, what the container may use. */
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
 * other work as well.
 *
 * There is no standby and no archive, so the log is kept minimal: COPY into a table of the same
 * transaction then skips it.
 */
export function tuneSettings({ memory, cores, sharedMemory }: Machine): Settings {
  return {
    shared_buffers: megabytes(memory / 4, 128 * MB, 8 * GB),
    effective_cache_size: megabytes(memory / 2, 256 * MB, 64 * GB),
    maintenance_work_mem: megabytes(memory / 16, 64 * MB, GB),
    work_mem: megabytes(memory / 256, 8 * MB, 64 * MB),
    max_parallel_maintenance_workers: Math.min(4, cores),
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '8GB',
    // the day's first change to a page puts all of it into the log: 1 GB in a refresh of 1.2
    // million titles. Its writer, on another core, keeps up with that if it looks often and there
    // is room until it does; else the refresh writes page after page by itself
    wal_buffers: megabytes(memory / 128, 16 * MB, 128 * MB),
    wal_writer_delay: '10ms',
    checkpoint_timeout: '30min',
    jit: 'off',
    random_page_cost: 1.1,
    // what was in memory is read again at the next start: else the first to ask for anything waits
    // for the disk, page after page
    shared_preload_libraries: 'pg_prewarm',
    log_checkpoints: 'off',
    log_line_prefix: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // containers often have 64 MB of it: a parallel hash join then fails with "could not resize
    // shared memory segment"
    ...(sharedMemory !== null && sharedMemory < GB && { dynamic_shared_memory_type: 'mmap' }),
  };
}

function megabytes(bytes: number, least: number, most: number): string {
  return `${Math.round(Math.min(Math.max(bytes, least), most) / MB)}MB`;
}
