import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { DatabaseError, type ClientBase } from 'pg';

/** The role may not run programs, or the program is missing or fails. */
const CANNOT_RUN = new Set<string | undefined>([
  SQLSTATE.insufficientPrivilege,
  SQLSTATE.externalRoutineException,
]);

/**
 * The free bytes on the disk of PostgreSQL's data, which is the working directory of its processes.
 * The server runs `df` itself, as it may be another machine.
 *
 * @param client in a transaction
 * @returns null when the role may not run a program on the server, or the program fails
 */
export async function freeDatabaseBytes(client: ClientBase): Promise<number | null> {
  await client.query('savepoint before_df');
  try {
    await client.query('create temp table disk_free (line text) on commit drop');
    await client.query(`copy disk_free from program 'df -Pk . | tail -n 1'`);
    const { rows } = await client.query<{ line: string }>('select line from disk_free');
    await client.query('drop table disk_free');
    const available = /\s(\d+)\s+\d+%\s/u.exec(rows[0]?.line ?? '')?.[1];
    return available === undefined ? null : Number(available) * 1024;
  } catch (error) {
    if (!(error instanceof DatabaseError && CANNOT_RUN.has(error.code))) throw error;
    await client.query('rollback to savepoint before_df');
    return null;
  }
}
