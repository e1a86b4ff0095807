import { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** The pool on which TypeORM's driver for PostgreSQL works; it does not say so in its type. */
export function poolOf({ driver }: DataSource): Pool {
  if ('master' in driver && driver.master instanceof Pool) return driver.master;
  throw new Error(
    'TypeORM does not work on a pool of pg any more: see where it keeps its connections.',
  );
}
