import { join } from 'node:path';

/** Root of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** Folder of samples, and of databases while a benchmark runs. */
export const BENCH_FOLDER = join(ROOT, 'data/bench');
