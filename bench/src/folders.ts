import { join } from 'node:path';

/** The repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** Where benchmarks keep samples, and databases while they run. */
export const BENCH_FOLDER = join(ROOT, 'data/bench');
