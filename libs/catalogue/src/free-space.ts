import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { DatabaseError, type ClientBase } from 'pg';

/**
 * What PostgreSQL says to a role that may not run programs, and when the program is not there or
 * fails.
 */
const CANNOT_TELL = new Set<string | undefined>([
  SQLSTATE.insufficientPrivilege,
  SQLSTATE.externalRoutineException,
]);

/**
 * Room on the disk of PostgreSQL's data, which is where its processes stand, in bytes. The server
 * is asked for it, as it may be another machine.
 *
 * @param client in a transaction
 * @returns null where the role may not ask the server for it, or the server cannot tell
 */
export async function freeDatabaseBytes(client: ClientBase): Promise<number | null> {
  await client.query('savepoint asking');
  try {
    await client.query('create temp table disk_free (line text) on commit drop');
    await client.query(`copy disk_free from program 'df -Pk . | tail -n 1'`);
    const { rows } = await client.query<{ line: string }>('select line from disk_free');
    await client.query('drop table disk_free');
    const available = /\s(\d+)\s+\d+%\s/u.exec(rows[0]?.line ?? '')?.[1];
    return available === undefined ? null : Number(available) * 1024;
  } catch (error) {
    if (!(error instanceof DatabaseError && CANNOT_TELL.has(error.code))) throw error;
    await client.query('rollback to savepoint asking');
    return null;
  }
}
