import { noteHandWrites, tableOf } from '@marquee/catalogue';
import { definitionOf, type DatasetName } from '@marquee/datasets';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { errorMessage } from '@marquee/process/error-message';
import { RunFault } from '@marquee/runs';
import { DatabaseError, type PoolClient } from 'pg';
import { findLostObjects, readCarriedObjects } from './user-objects.ts';

/**
 * Replaces the published tables by the staged ones, inside the caller's transaction. Carries over
 * views and privileges that users have put on the old tables; the load has already copied their
 * indexes.
 *
 * @throws RunFault when users have put something else on an old table, which would be lost: a
 *   trigger, a materialized view …
 */
export async function swapTables(
  client: PoolClient,
  datasets: readonly DatasetName[],
): Promise<void> {
  const published = datasets.map((dataset) => tableOf(dataset, 'imdb'));
  const lost = await findLostObjects(client, published);
  const [first] = lost;
  if (first !== undefined)
    throw dependents(first.table, lost.map(({ table, what }) => `${what} of ${table}`).join(', '));
  const carried = await readCarriedObjects(client, published);
  await client.query('create schema imdb_old');
  for (const dataset of datasets) {
    await client.query(`alter table ${tableOf(dataset, 'imdb')} set schema imdb_old`);
    await client.query(`alter table ${tableOf(dataset, 'imdb_next')} set schema imdb`);
    await client.query(noteHandWrites(dataset));
  }
  for (const { what, statement } of carried) {
    await client.query(statement).catch((error: unknown) => {
      throw dependents('', `${what} cannot be created again: ${errorMessage(error)}`, error);
    });
  }
  for (const dataset of datasets) {
    await client
      .query(`drop table imdb_old.${definitionOf(dataset).table}`)
      .catch((error: unknown) => {
        throw explainDependents(error, dataset);
      });
  }
  await client.query('drop schema imdb_old');
}

function explainDependents(error: unknown, dataset: DatasetName): unknown {
  if (!(error instanceof DatabaseError && error.code === SQLSTATE.dependentObjectsStillExist))
    return error;
  return dependents(
    tableOf(dataset, 'imdb'),
    (error.detail ?? '').replaceAll('imdb_old.', 'imdb.'),
    error,
  );
}

function dependents(table: string, what: string, cause?: unknown): RunFault {
  return new RunFault({
    code: 'dependents',
    message: `A full load replaces ${table === '' ? 'tables' : `the table ${table}`}, which would lose objects of yours: ${what}.`,
    hint: 'Views, privileges and indexes are carried over; other objects cannot be. Drop them, start the run again, and create them again afterwards.',
    cause,
  });
}
