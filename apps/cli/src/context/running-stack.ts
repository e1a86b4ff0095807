import { existsSync } from 'node:fs';
import {
  dataPaths,
  type DataPaths,
  demoSubdir,
  isDemoDir,
  readState,
  type StackState,
} from '@marquee/stack';

/** An embedded stack that is up. */
export interface RunningStack extends StackState {
  /** Its data folder. */
  readonly data: string;
}

/** The embedded stack that is up on a data folder, or else its demo; null if neither is up. */
export function findRunningStack(data: string): RunningStack | null {
  const paths = dataPaths(data);
  return readStack(paths) ?? readStack(demoSubdir(paths));
}

/**
 * Whether a data folder has only ever had a demo: it is the demo's own, or contains the demo's and no
 * database.
 */
export function hasOnlyDemo(data: string): boolean {
  const paths = dataPaths(data);
  return isDemoDir(paths) || (isDemoDir(demoSubdir(paths)) && !existsSync(paths.postgres));
}

function readStack(paths: DataPaths): RunningStack | null {
  try {
    const state = readState(paths);
    return state && { data: paths.data, ...state };
  } catch {
    // another user's, or malformed
    return null;
  }
}
