import { SAMPLE_NOTICE, ATTRIBUTION } from '@marquee/contract';
import { MADE_UP, type DatasetName } from '@marquee/datasets';
import type { Pool } from 'pg';

/** What is published of a dataset. */
export interface PublishedDataset {
  readonly dataset: DatasetName;
  readonly run: string;
  readonly snapshot: string;
  /** ISO 8601 */
  readonly publishedAt: string;
  readonly rows: number;
  /** Whether others than the loader have written to its table. */
  readonly isHandWritten: boolean;
}

/** What exports are made of. */
export interface PublishedState {
  readonly datasets: readonly PublishedDataset[];
  readonly movies: number;
  readonly redirects: number;
  /** The last change of a movie. */
  readonly movieChange: number;
  /** Changes of movies up to this one are no longer kept. */
  readonly movieChangesGone: number;
  readonly attribution: string;
  /** The answer of {@link PUBLISHED_RUNS}. */
  readonly runs: string;
}

/** Returns a text that differs after each publish. */
export const PUBLISHED_RUNS = `select coalesce(string_agg(concat_ws(' ', dataset, run_id), ', ' order by dataset), '') as "is" from ingest.data_control`;

/**
 * Bounded by the seven datasets, but for the count of movies, which takes seconds per ten million. It
 * is for the progress; the copy that follows reads all movies anyway.
 */
const STATE = `
  select
    (${PUBLISHED_RUNS}) as runs,
    (select count(*)::float8 from movies.movie) as movies,
    (select count(*)::float8 from movies.redirect) as redirects,
    greatest((select max(id) from movies.change), p.gone, 0)::float8 as "movieChange",
    coalesce(p.gone, 0)::float8 as "movieChangesGone",
    exists (select from imdb.title_basics where tconst = $1::text and primary_title = $2::text)
      or exists (select from imdb.name_basics where nconst = $3::text and primary_name = $4::text) as "isMadeUp"
  from (select max(changes_gone) as gone from movies.progress) as p`;

const DATASETS = `
  select dataset, run_id as run, snapshot_id as snapshot, rows::float8 as rows,
    to_char(upload_date at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "publishedAt",
    exists (select from ingest.hand_write h where h.dataset = c.dataset) as "isHandWritten"
  from ingest.data_control c
  where status = 'published'`;

/** Reads what is published now. */
export async function readPublishedState(pool: Pool): Promise<PublishedState> {
  const { title, name } = MADE_UP;
  const [state, datasets] = await Promise.all([
    pool.query<Omit<PublishedState, 'datasets' | 'attribution'> & { isMadeUp: boolean }>(STATE, [
      title.tconst,
      title.primaryTitle,
      name.nconst,
      name.primaryName,
    ]),
    pool.query<PublishedDataset>(DATASETS),
  ]);
  const [row] = state.rows;
  if (row === undefined) throw new Error('The query of the published state returned no row.');
  const { isMadeUp, ...rest } = row;
  return {
    ...rest,
    datasets: datasets.rows,
    attribution: isMadeUp ? SAMPLE_NOTICE : ATTRIBUTION,
  };
}
