import { keyColumnsOf, tableOf } from '@marquee/catalogue';
import { DATASET_NAMES, definitionOf, type DatasetName, type Reference } from '@marquee/datasets';
import type { PoolClient } from 'pg';

/** References that lead to no row, by the SQL column they stand in. */
export type Orphans = Readonly<Record<string, number>>;

/**
 * Counts the references that will lead nowhere once the staged datasets are published, for every dataset of which either side changes. A reference
 * to a dataset that was never published is not counted: it is not a hole in the files.
 *
 * @param staged what is about to be published, from `imdb_next`
 * @param published what stands in `imdb` already
 * @returns for each dataset with a changed count, its counts
 */
export async function countOrphans(
  client: PoolClient,
  staged: ReadonlySet<DatasetName>,
  published: ReadonlySet<DatasetName>,
  onCount: (dataset: DatasetName, column: string) => void,
): Promise<Map<DatasetName, Orphans>> {
  const counts = new Map<DatasetName, Orphans>();
  const tableAfter = (dataset: DatasetName) => tableOf(dataset, staged.has(dataset) ? 'imdb_next' : 'imdb');
  const there = (dataset: DatasetName) => staged.has(dataset) || published.has(dataset);
  for (const dataset of DATASET_NAMES.filter(there)) {
    for (const reference of definitionOf(dataset).references) {
      if (!there(reference.to) || !(staged.has(dataset) || staged.has(reference.to))) continue;
      const column = sqlColumnOf(dataset, reference);
      onCount(dataset, column);
      const { rows } = await client.query<{ orphans: string }>(countStatement(dataset, reference, tableAfter));
      counts.set(dataset, { ...counts.get(dataset), [column]: Number(rows[0]?.orphans ?? 0) });
    }
  }
  return counts;
}

function countStatement(dataset: DatasetName, reference: Reference, tableAfter: (dataset: DatasetName) => string): string {
  const [key] = keyColumnsOf(reference.to);
  const column = sqlColumnOf(dataset, reference);
  const list = definitionOf(dataset).columns.find(({ name }) => name === reference.column)?.list !== undefined;
  const values = list ? `${tableAfter(dataset)} as source, unnest(source.${column}) as reference (id)` : `(select ${column} as id from ${tableAfter(dataset)}) as reference`;
  return `select count(*) as orphans from ${values}
    where reference.id is not null and not exists (select from ${tableAfter(reference.to)} as target where target.${String(key)} = reference.id collate "C")`;
}

function sqlColumnOf(dataset: DatasetName, { column }: Reference): string {
  return definitionOf(dataset).columns.find(({ name }) => name === column)?.sql ?? column;
}
