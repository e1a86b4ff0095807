import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATASET_NAMES } from '@marquee/datasets';
import type { ClientBase } from 'pg';
import { tableOf } from './tables.ts';

const VIEWS_SQL = readFileSync(join(import.meta.dirname, '../sql/views.sql'), 'utf8');

/** The relations of views.sql, as it names them. */
const VIEWS = [...VIEWS_SQL.matchAll(/^create or replace view (\S+)/gmu)].map(
  ([, name]) => name as string,
);

/**
 * Creates the views for people if one is missing or reads another table than the published ones, in
 * the caller's transaction. Whoever drops a published table by hand drops them too, and they follow
 * one that is renamed.
 */
export async function ensureViews(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ isNeeded: boolean }>(
    `select to_regprocedure('imdb.weighted_rating(numeric,integer)') is null
       or exists (select from unnest($1::text[]) as name where to_regclass(name) is null)
       or exists (
         select from unnest($1::text[]) as name
           join pg_rewrite r on r.ev_class = to_regclass(name)
           join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
         where d.refobjid <> r.ev_class
           and not exists (select from unnest($2::text[]) as published where to_regclass(published) = d.refobjid)
       ) as "isNeeded"`,
    [VIEWS, DATASET_NAMES.map((dataset) => tableOf(dataset, 'imdb'))],
  );
  if (rows[0]?.isNeeded === true) await client.query(VIEWS_SQL);
}
