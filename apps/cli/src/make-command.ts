import { join, relative } from 'node:path';
import { quoted } from '@marquee/process';

/**
 * A make command as it acts on the stack that is asked, such as `DATA_DIR=data/demo MODE=embedded
 * make key`.
 *
 * @param target with what goes with it
 */
export type Make = (target: string) => string;

/**
 * @param data the data folder of that stack, where it is one of this machine; the usual one goes
 *   without saying
 */
export function makeFor(root: string, data: string): Make {
  if (data === join(root, 'data')) return (target) => `make ${target}`;
  const path = relative(root, data);
  const folder = path.startsWith('..') ? data : path;
  return (target) => `DATA_DIR=${quoted(folder)} MODE=embedded make ${target}`;
}
