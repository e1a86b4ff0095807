import { changePartitionSql } from '@marquee/catalogue';
import {
  ROW_CHANGES,
  type RunChange,
  type RunChanges,
  type RunChangesQuery,
} from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { EPISODE_OF } from '../../database/columns.ts';
import type { Database, Statement } from '../../database/database.ts';
import { readCursor, writeCursor, type CursorScope } from '../../read-models/lists/cursor.ts';
import { underFieldNames } from '../changes/change-feed.ts';

/** The order of datasets: those that people look for come first. */
const DATASETS: readonly DatasetName[] = [
  'title.basics',
  'title.ratings',
  'title.episode',
  'title.principals',
  'title.crew',
  'title.akas',
  'name.basics',
];

const PUBLISHED: Statement = {
  name: 'datasets of a run',
  text: `
    select p.dataset, p.kind = 'reload' as "isReload", p.rows,
      case when p.kind = 'changes' then p.inserted end as added,
      case when p.kind = 'changes' then p.updated end as changed,
      case when p.kind = 'changes' then p.deleted end as removed,
      p.kind = 'changes' and to_regclass(${changePartitionSql('p.run_id')}) is not null as "isKept"
    from ingest.publication as p
    where p.run_id = $1::uuid
    order by array_position($2::text[], p.dataset)`,
};

/**
 * A page of the changed rows of a run: an index scan of its partition for each dataset and kind, of
 * at most a page each, and look-ups by key for the page. Rows are compared with bounds: with
 * equality the planner prefers the index on id alone, and skips a whole dataset to get to the next.
 */
const CHANGES: Statement = {
  name: 'changes of a run',
  text: `
    with page as materialized (
      select d.place * 3 + k.place as place, c.id as position, c.dataset, c.kind,
        split_part(c.key, ' ', 1) as id, nullif(split_part(c.key, ' ', 2), '')::int4 as ordering, c.before, c.after
      from unnest($2::text[]) with ordinality as d (dataset, place)
        cross join unnest($3::text[]) with ordinality as k (kind, place)
        cross join lateral (
          select * from ingest.change as c
          where c.run_id = $1::uuid and (c.dataset, c.kind) <= (d.dataset, k.kind)
            and (c.dataset, c.kind, c.id) > (d.dataset, k.kind, case when d.place * 3 + k.place = $4::int8 then $5::int8 else 0 end)
          order by c.dataset, c.kind, c.id limit $6::int8
        ) as c
      where d.place * 3 + k.place >= $4::int8
      order by place, c.id limit $6::int8
    )
    select page.*, title.title_type as "titleType", title.start_year as "startYear", ${EPISODE_OF},
      coalesce(title.primary_title, name.primary_name, page.before->>'primary_title', page.before->>'primary_name') as name,
      case when person.nconst is not null
        then json_build_object('nconst', person.nconst, 'primaryName', (select n.primary_name from imdb.name_basics as n where n.nconst = person.nconst))
      end as person
    from page
      cross join lateral (
        select case when page.dataset = 'title.principals' then coalesce(page.after->>'nconst', page.before->>'nconst') end as nconst
      ) as person
      left join imdb.title_basics as title on title.tconst = page.id
      left join imdb.name_basics as name on name.nconst = page.id
    order by page.place, page.position`,
};

interface ChangedRow extends Omit<RunChange, 'before' | 'after'> {
  readonly place: number;
  readonly position: number;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/**
 * The datasets that a run has published, and a page of the rows that it has changed.
 *
 * @throws ProblemException 400 for a cursor of another list
 */
export async function readRunChanges(
  database: Database,
  runId: string,
  { dataset, kind = ROW_CHANGES, limit, after }: RunChangesQuery,
): Promise<RunChanges> {
  const datasets = DATASETS.filter((name) => dataset?.includes(name) ?? true);
  const scope: CursorScope = {
    name: 'changes of a run',
    values: [runId, datasets, kind],
    sort: [
      { column: 'place', type: 'int8' },
      { column: 'position', type: 'int8' },
    ],
  };
  const [place, position] = after === undefined ? [0, 0] : readCursor(scope, after);
  const [published, rows] = await Promise.all([
    database.read<RunChanges['datasets'][number]>(PUBLISHED, [runId, DATASETS]),
    database.read<ChangedRow>(CHANGES, [runId, datasets, kind, place, position, limit + 1]),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    datasets: published,
    items: shown.map(describe),
    next:
      rows.length > limit && last !== undefined
        ? writeCursor(scope, [last.place, last.position])
        : null,
  };
}

function describe({ place, position, before, after, ...row }: ChangedRow): RunChange {
  return {
    ...row,
    before: underFieldNames(row.dataset, before),
    after: underFieldNames(row.dataset, after),
  };
}
