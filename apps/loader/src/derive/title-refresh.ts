import type { PoolClient } from 'pg';
import type { BuildTarget, MergedChanges } from './derived-table-set.ts';
import { createDifferences, insertDifferences, mergeRows, oldAndNew } from './row-differences.ts';
import { countRows } from './title-counts.ts';
import { ratingRows, TITLE_COLUMNS, titleRows } from './title-rows.ts';

/** Updates the rows of the titles that have changed, and adds the differences to the counts. */
export async function refreshTitles(
  client: PoolClient,
  { schema, table }: BuildTarget,
  changes: MergedChanges,
): Promise<void> {
  const { datasets, idsOf } = changes;
  await collectChangedTitles(client, changes);
  await client.query(createDifferences('title_difference', `${schema}.title`));
  await client.query(
    mergeRows(
      `${schema}.title`,
      TITLE_COLUMNS,
      titleRows(table, { ids: 'changed_title' }),
      'changed_title',
      'title_difference',
    ),
  );
  // of most titles that change in a day only the rating does; the titles above have it already
  if (datasets.has('title.ratings'))
    await client.query(updateRatings(`${schema}.title`, ratingRows(table, idsOf('title.ratings'))));
  await client.query(
    `insert into ${schema}.title_count as c${countRows('title_difference')}
    on conflict (kind, value, group_name) do update set
      titles = c.titles + excluded.titles,
      rated = c.rated + excluded.rated,
      ratings = c.ratings + excluded.ratings`,
  );
  await client.query(`delete from ${schema}.title_count where titles = 0`);
  await client.query('drop table changed_title, title_difference');
}

/** Collects the ids of the titles whose rows may change by more than their ratings. */
async function collectChangedTitles(
  client: PoolClient,
  { runId, datasets, idsOf }: MergedChanges,
): Promise<void> {
  await client.query(
    'create temp table changed_title (id text collate "C" primary key) on commit drop',
  );
  for (const dataset of ['title.basics', 'title.akas'] as const) {
    if (datasets.has(dataset))
      await client.query(
        `insert into changed_title select id from ${idsOf(dataset)} on conflict do nothing`,
      );
  }
  // a series to which an episode was added, or from which one was removed
  if (datasets.has('title.episode'))
    await client.query(
      `insert into changed_title
       select parent
       from ingest.change, unnest(array[before->>'parent_tconst', after->>'parent_tconst']) as parent
       where run_id = $1::uuid and dataset = 'title.episode' and parent is not null
         and before->>'parent_tconst' is distinct from after->>'parent_tconst'
       on conflict do nothing`,
      [runId],
    );
  await client.query('analyze changed_title');
}

/**
 * The statement that updates the ratings of titles where they differ, and records the differences.
 *
 * @param rows {@link ratingRows}
 */
function updateRatings(title: string, rows: string): string {
  return `
    with changed as (
      update ${title} as t
      set votes = n.votes, rating = n.rating, weighted = n.weighted
      from (${rows}
      ) as n
      where t.tconst = n.id
        and (t.votes, t.rating, t.weighted) is distinct from (n.votes, n.rating, n.weighted)
      returning
        ${oldAndNew(TITLE_COLUMNS)}
    )
    ${insertDifferences(TITLE_COLUMNS, 'title_difference')}`;
}
