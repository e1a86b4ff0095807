import { join } from 'node:path';

/**
 * The folder of a set of real files, such as `titles-75`. They are outside of the repository, as
 * IMDb's terms forbid redistribution. Tests on them require `real-data`.
 */
export function realData(set: string): string {
  return join(import.meta.dirname, '../../../shared/data/imdb', set);
}
