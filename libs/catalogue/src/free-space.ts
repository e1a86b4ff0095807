import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { DatabaseError, type ClientBase } from 'pg';

/** Creates schema `server`; a superuser runs it. */
export const SERVER_SQL = readFileSync(join(import.meta.dirname, '../sql/server.sql'), 'utf8');

/** The function is missing, the role may not call it, or the program that it runs fails. */
const CANNOT_RUN = new Set<string | undefined>([
  SQLSTATE.invalidSchemaName,
  SQLSTATE.undefinedFunction,
  SQLSTATE.insufficientPrivilege,
  SQLSTATE.externalRoutineException,
]);

/**
 * The free bytes on the disk of PostgreSQL's data. The server measures them, as it may be another
 * machine.
 *
 * @param client in a transaction
 * @returns null when a superuser has not made the function, or the server cannot run `df`
 */
export async function freeDatabaseBytes(client: ClientBase): Promise<number | null> {
  await client.query('savepoint before_df');
  try {
    const { rows } = await client.query<{ bytes: string | null }>(
      'select server.free_disk_bytes() as bytes',
    );
    const bytes = rows[0]?.bytes ?? null;
    return bytes === null ? null : Number(bytes);
  } catch (error) {
    if (!(error instanceof DatabaseError && CANNOT_RUN.has(error.code))) throw error;
    await client.query('rollback to savepoint before_df');
    return null;
  }
}
