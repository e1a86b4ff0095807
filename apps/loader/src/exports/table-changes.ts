import { changePartitionSql } from '@marquee/catalogue';
import type { ExportManifest, ExportTable } from '@marquee/contract';
import type { Pool } from 'pg';
import { changesOfDataset, changesOfMovies, type RowSource } from './export-tables.ts';
import type { PublishedDataset, PublishedState } from './published-state.ts';

/** The changes of a table since the previous export, or why there are none. */
export type TableChanges =
  | { readonly changes: 'file'; readonly source: RowSource; readonly rows: number }
  | { readonly changes: Exclude<ExportTable['changes'], 'file'> };

/**
 * The publishes of a dataset after one and up to another. The key of runs and datasets bounds it:
 * there is one row per day and dataset. It returns no row if the first publish has no record.
 */
const PUBLICATIONS = `
  select p.run_id as run, p.kind, (p.inserted + p.updated + p.deleted)::float8 as rows,
    to_regclass(${changePartitionSql('p.run_id')}) is not null as "isKept"
  from ingest.publication p,
    (select id from ingest.publication where dataset = $1::text and run_id = $2::uuid) as first,
    (select id from ingest.publication where dataset = $1::text and run_id = $3::uuid) as last
  where p.dataset = $1::text and p.id > first.id and p.id <= last.id
  order by p.id`;

/** The changes of a dataset since the previous export. Writes by hand are in no publish. */
export async function changesSince(
  pool: Pool,
  previous: ExportManifest | null,
  { dataset, run, isHandWritten }: PublishedDataset,
): Promise<TableChanges> {
  const before = previous?.tables.find((table) => table.dataset === dataset)?.run ?? null;
  if (before === null) return { changes: 'first' };
  if (isHandWritten) return { changes: 'reloaded' };
  if (before === run) return { changes: 'unchanged' };
  const { rows: publications } = await pool.query<{
    run: string;
    kind: 'changes' | 'reload';
    rows: number;
    isKept: boolean;
  }>(PUBLICATIONS, [dataset, before, run]);
  if (publications.some(({ kind }) => kind === 'reload')) return { changes: 'reloaded' };
  if (publications.length === 0 || publications.some(({ isKept }) => !isKept))
    return { changes: 'expired' };
  return {
    changes: 'file',
    source: changesOfDataset(
      dataset,
      publications.map((publication) => publication.run),
    ),
    rows: publications.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** The changes of movies since the previous export. */
export function movieChangesSince(
  previous: ExportManifest | null,
  { movieChange, movieChangesGone }: PublishedState,
): TableChanges {
  if (previous === null) return { changes: 'first' };
  const before = previous.movieChange;
  if (before === movieChange) return { changes: 'unchanged' };
  // a restored database continues at a lower change id
  if (before > movieChange || before < movieChangesGone) return { changes: 'expired' };
  return {
    changes: 'file',
    source: changesOfMovies(before, movieChange),
    rows: movieChange - before,
  };
}
