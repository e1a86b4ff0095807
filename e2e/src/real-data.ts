import { join } from 'node:path';

/**
 * The folder of a set of real files, such as `titles-75`. They lie beside the repository; by IMDb's
 * terms they may not be in it. Tests on them need `real-data`.
 */
export function realData(set: string): string {
  return join(import.meta.dirname, '../../../shared/data/imdb', set);
}
