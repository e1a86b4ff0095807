import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase } from 'pg';

const VIEWS_SQL = readFileSync(join(import.meta.dirname, '../sql/views.sql'), 'utf8');

/** The relations of views.sql, as it names them. */
const VIEWS = [...VIEWS_SQL.matchAll(/^create or replace view (\S+)/gmu)].map(
  ([, name]) => name as string,
);

/**
 * Creates the views for people if one is missing, in the caller's transaction. They depend on the
 * published tables: whoever drops one of these by hand drops them too.
 *
 * @param isRebound whether to create them in any case: a table that they read was replaced
 */
export async function ensureViews(client: ClientBase, isRebound: boolean): Promise<void> {
  const { rows } = await client.query<{ isMissing: boolean }>(
    `select exists (select from unnest($1::text[]) as name where to_regclass(name) is null)
       or to_regprocedure('imdb.weighted_rating(numeric,integer)') is null as "isMissing"`,
    [VIEWS],
  );
  if (isRebound || rows[0]?.isMissing === true) await client.query(VIEWS_SQL);
}
