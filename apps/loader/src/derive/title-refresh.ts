import type { PoolClient } from 'pg';
import { countRows } from './title-counts.ts';
import { NAME_COLUMNS, nameRows, ratingRows, TITLE_COLUMNS, titleRows } from './title-rows.ts';
import type { MergedChanges, BuildTarget } from './derived-table-set.ts';

/**
 * Makes the rows anew of the titles that have changed, writes those that differ, and adds the
 * differences to the figures.
 */
export async function refreshTitles(
  client: PoolClient,
  { schema, table }: BuildTarget,
  { runId, datasets, idsOf }: MergedChanges,
): Promise<void> {
  await client.query(
    'create temp table filter_title (id text collate "C" primary key) on commit drop',
  );
  for (const dataset of ['title.basics', 'title.akas'] as const) {
    if (datasets.has(dataset))
      await client.query(
        `insert into filter_title select id from ${idsOf(dataset)} on conflict do nothing`,
      );
  }
  if (datasets.has('title.episode')) {
    // of the series, those from which an episode has gone and those to which one has come
    await client.query(
      `insert into filter_title
       select parent from ingest.change, unnest(array[before->>'parent_tconst', after->>'parent_tconst']) as parent
       where run_id = $1::uuid and dataset = 'title.episode' and parent is not null and before->>'parent_tconst' is distinct from after->>'parent_tconst'
       on conflict do nothing`,
      [runId],
    );
  }
  await client.query('analyze filter_title');
  await client.query(
    `create temp table filter_difference (like ${schema}.title, times int not null) on commit drop`,
  );
  await client.query(
    mergeDifferences(
      `${schema}.title`,
      TITLE_COLUMNS,
      titleRows(table, { ids: 'filter_title' }),
      'filter_title',
      'filter_difference',
    ),
  );
  if (datasets.has('title.ratings')) {
    // most of what changes in a day are ratings alone: what the titles above have by now is as it
    // should be
    await client.query(
      updateRatings(
        `${schema}.title`,
        ratingRows(table, idsOf('title.ratings')),
        'filter_difference',
      ),
    );
  }
  await client.query(
    `insert into ${schema}.title_count as f ${countRows('filter_difference')}
     on conflict (kind, value, group_name) do update set titles = f.titles + excluded.titles, rated = f.rated + excluded.rated, ratings = f.ratings + excluded.ratings`,
  );
  await client.query(`delete from ${schema}.title_count where titles = 0`);
  await client.query('drop table filter_title, filter_difference');
}

/** The same for names and the professions that they have. */
export async function refreshNames(
  client: PoolClient,
  { schema, table }: BuildTarget,
  { idsOf }: MergedChanges,
): Promise<void> {
  const ids = idsOf('name.basics');
  await client.query(
    `create temp table filter_difference (like ${schema}.name, times int not null) on commit drop`,
  );
  await client.query(
    mergeDifferences(
      `${schema}.name`,
      NAME_COLUMNS,
      nameRows(table, ids),
      ids,
      'filter_difference',
    ),
  );
  await client.query(
    `insert into ${schema}.profession as p select profession, sum(times) from filter_difference, unnest(professions) as profession group by profession
     on conflict (profession) do update set names = p.names + excluded.names`,
  );
  await client.query(`delete from ${schema}.profession where names = 0`);
  await client.query('drop table filter_difference');
}

/**
 * The statement that brings the rows of some ids up to what they should be, and keeps what has gone
 * (-1 times) and what has come (1 time). A row that is as it was is not written.
 *
 * @param columns of the target, the id first
 */
function mergeDifferences(
  target: string,
  columns: readonly string[],
  rows: string,
  ids: string,
  differences: string,
): string {
  const [id = '', ...rest] = columns;
  const list = (alias: string, names: readonly string[] = columns) =>
    names.map((name) => `${alias}.${name}`).join(', ');
  return `
    with fresh as materialized (${rows}),
    changed as (
      merge into ${target} as t
      using (select i.id as asked, fresh.* from ${ids} as i left join fresh on fresh.${id} = i.id) as n on t.${id} = n.asked
      when matched and n.${id} is null then delete
      when matched and (${list('t', rest)}) is distinct from (${list('n', rest)}) then update set ${rest.map((name) => `${name} = n.${name}`).join(', ')}
      when not matched and n.${id} is not null then insert (${columns.join(', ')}) values (${list('n')})
      returning ${bothOf(columns)}
    )
    ${differencesOf(columns, differences)}`;
}

/**
 * The statement that gives titles their ratings, where these are others, and keeps the same of
 * them.
 *
 * @param rows {@link ratingRows}
 */
function updateRatings(target: string, rows: string, differences: string): string {
  return `
    with changed as (
      update ${target} as t set votes = n.votes, rating = n.rating, weighted = n.weighted from (${rows}) as n
      where t.tconst = n.id and (t.votes, t.rating, t.weighted) is distinct from (n.votes, n.rating, n.weighted)
      returning ${bothOf(TITLE_COLUMNS)}
    )
    ${differencesOf(TITLE_COLUMNS, differences)}`;
}

/** What rows had and have, for {@link differencesOf}. */
function bothOf(columns: readonly string[]): string {
  return columns.map((name) => `old.${name} as old_${name}, new.${name} as new_${name}`).join(', ');
}

/**
 * The end of a statement that keeps the differences of the rows that it has `changed`.
 *
 * @param columns the first of them is null where there is no row
 */
function differencesOf(columns: readonly string[], differences: string): string {
  const select = (age: 'old' | 'new', times: number) =>
    `select ${columns.map((name) => `${age}_${name}`).join(', ')}, ${times} from changed where ${age}_${columns[0] ?? ''} is not null`;
  return `insert into ${differences} (${columns.join(', ')}, times) ${select('old', -1)} union all ${select('new', 1)}`;
}
