import { join } from 'node:path';

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a stack keeps its files: enough to look at it or to stop it. */
export interface StackPaths {
  /** The repository, such as `/home/ada/marquee`. */
  readonly root: string;
  readonly env: Environment;
  readonly paths: DataPaths;
}

/** The files and folders within a data folder. */
export interface DataPaths {
  /** `data` */
  readonly data: string;
  /** `data/postgres` */
  readonly postgres: string;
  /** `data/snapshots` */
  readonly snapshots: string;
  /** `data/log`, with a file for each process */
  readonly log: string;
  /** `data/supervisor.json`: the addresses and processes of the running stack */
  readonly state: string;
  /** `data/supervisor.json.lock`: held by the supervisor while the state file is its own */
  readonly stateLock: string;
  /** `data/supervisor.lock`: held by the supervisor as long as it lives */
  readonly lock: string;
}

/** The paths within a data folder. */
export function dataPaths(data: string): DataPaths {
  return {
    data,
    postgres: join(data, 'postgres'),
    snapshots: join(data, 'snapshots'),
    log: join(data, 'log'),
    state: join(data, 'supervisor.json'),
    stateLock: join(data, 'supervisor.json.lock'),
    lock: join(data, 'supervisor.lock'),
  };
}
