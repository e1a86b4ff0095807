import { tableOf } from '@marquee/catalogue';
import { definitionOf, type DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';
import { DatabaseError, type PoolClient } from 'pg';

/**
 * Puts staged tables in the place of the published ones, inside the caller's transaction. What users have hung on the old tables goes over to the
 * new ones: views and privileges.
 *
 * @throws RunFault when something else depends on an old table, such as a materialized view
 */
export async function swapTables(client: PoolClient, datasets: readonly DatasetName[]): Promise<void> {
  const published = datasets.map((dataset) => tableOf(dataset, 'imdb'));
  const restored = [...(await readViews(client, published)), ...(await readGrants(client, published))];
  await client.query('create schema imdb_old');
  for (const dataset of datasets) {
    await client.query(`alter table ${tableOf(dataset, 'imdb')} set schema imdb_old`);
    await client.query(`alter table ${tableOf(dataset, 'imdb_next')} set schema imdb`);
  }
  for (const statement of restored) await client.query(statement);
  for (const dataset of datasets) {
    await client.query(`drop table imdb_old.${definitionOf(dataset).table}`).catch((error: unknown) => {
      throw explainDependents(error, dataset);
    });
  }
  await client.query('drop schema imdb_old');
}

/** The statements that bind the views over these tables to the tables of the same names, once others stand in their place. */
async function readViews(client: PoolClient, tables: readonly string[]): Promise<string[]> {
  // without a search path, definitions name every table with its schema
  await client.query(`set local search_path = ''`);
  const { rows } = await client.query<{ statement: string }>(
    `select format('create or replace view %I.%I%s as %s', n.nspname, v.relname,
       ' with (' || nullif(array_to_string(v.reloptions, ', '), '') || ')', pg_get_viewdef(v.oid)) as statement
     from pg_class v join pg_namespace n on n.oid = v.relnamespace
     where v.relkind = 'v' and exists (
       select from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
       where r.ev_class = v.oid and d.refclassid = 'pg_class'::regclass and d.refobjid = any ($1::text[]::regclass[]))
     order by v.oid`,
    [tables],
  );
  return rows.map((row) => row.statement);
}

async function readGrants(client: PoolClient, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('grant %s on %s to %s%s', a.privilege_type, c.oid::regclass, case a.grantee when 0 then 'public' else a.grantee::regrole::text end,
       case when a.is_grantable then ' with grant option' else '' end) as statement
     from pg_class c, aclexplode(c.relacl) as a
     where c.oid = any ($1::text[]::regclass[]) and a.grantee <> c.relowner`,
    [tables],
  );
  return rows.map((row) => row.statement);
}

const DEPENDENT_OBJECTS = '2BP01';

function explainDependents(error: unknown, dataset: DatasetName): unknown {
  if (!(error instanceof DatabaseError && error.code === DEPENDENT_OBJECTS)) return error;
  const dependents = (error.detail ?? '').replaceAll('imdb_old.', 'imdb.');
  return new RunFault({
    code: 'dependents',
    message: `Publishing replaces the table ${tableOf(dataset, 'imdb')}, and something of yours depends on it: ${dependents}`,
    hint: 'Views and privileges are carried over; other things cannot be. Drop it, start the run again, and make it anew afterwards.',
    cause: error,
  });
}
