import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import { isFiltered, type Conditions, type CountedColumn } from './conditions.ts';
import type { SortPartition } from './sort-orders.ts';

/** The columns that `search.title_count` counts, and that an index of all titles is sorted by. */
const COUNTED_COLUMNS: readonly CountedColumn[] = ['year', 'runtime'];

const CONDITION_WITHOUT_TITLES: Statement = {
  name: 'counts of types',
  text: `
    select from unnest($1::int4[], $2::text[], $3::text[]) as asked (condition, kind, value)
      left join search.title_count as c on c.kind = asked.kind and c.value = asked.value and c.group_name = any ($4::text[])
    group by asked.condition having sum(c.titles) is null limit 1`,
};

/**
 * Whether the counts tell that no title of the requested types can match one of the conditions. A
 * search would take long to find that out, as the type and the condition may each be frequent.
 */
export async function cannotMatch(database: Reads, conditions: Conditions): Promise<boolean> {
  if (conditions.types === null) return false;
  const columns = COUNTED_COLUMNS.filter(
    (column) =>
      isFiltered(conditions, column) || (column === 'year' && conditions.rareTag !== null),
  );
  const answers = await Promise.all([
    hasConditionWithoutTitles(database, conditions),
    ...columns.map(
      async (column) => (await valueCounts(database, conditions, column)).length === 0,
    ),
  ]);
  return answers.includes(true);
}

async function hasConditionWithoutTitles(
  database: Reads,
  { types, counted }: Conditions,
): Promise<boolean> {
  if (counted.length === 0) return false;
  const asked = counted.flatMap(({ kind, values }, condition) =>
    values.map((value) => ({ condition, kind, value })),
  );
  const rows = await database.read(CONDITION_WITHOUT_TITLES, [
    asked.map(({ condition }) => condition),
    asked.map(({ kind }) => kind),
    asked.map(({ value }) => value),
    types,
  ]);
  return rows.length > 0;
}

const VALUE_COUNTS: Statement = {
  name: 'counts of values',
  text: `
    select value::int4 as value, sum(titles) as titles from search.title_count
    where kind = $1::text and ($2::text[] is null or group_name = any ($2::text[]))
    group by 1 order by 1`,
};

/** A year or a runtime, and how many titles have it. */
export interface ValueCount {
  readonly value: number;
  readonly titles: number;
}

/** The years or runtimes that can match, ascending, with their titles of the requested types. */
export async function valueCounts(
  database: Reads,
  { types, rareTag, ranges }: Conditions,
  column: CountedColumn,
): Promise<ValueCount[]> {
  const rows = await database.read<ValueCount>(VALUE_COUNTS, [
    column === 'year' && rareTag !== null ? rareTag : column,
    types,
  ]);
  const { from, to } = ranges[column];
  return rows.filter(({ value }) => value >= from && value <= to);
}

/** The column that a partition is sorted by, where its values are counted. */
interface ValuedColumn {
  readonly column: CountedColumn;
  /** Whether the counts are of the requested types or tag, rather than of all titles. */
  readonly hasExactCounts: boolean;
}

/** The sort column of a partition whose values are known from the counts; null for none. */
export function valuedColumnOf({
  partition: { indexColumns, isOneYear = false },
  conditions: { types, rareTag },
}: {
  readonly partition: SortPartition;
  readonly conditions: Conditions;
}): ValuedColumn | null {
  const [column] = indexColumns;
  if (column === 'year' && !isOneYear)
    return { column, hasExactCounts: rareTag !== null || types !== null };
  return column === 'runtime' && types !== null ? { column, hasExactCounts: true } : null;
}

/** How many titles there are. */
export async function countAllTitles(database: Reads): Promise<number> {
  const [all] = await database.read<{ titles: number }>(
    {
      name: 'all titles',
      text: `select coalesce(sum(titles), 0) as titles from search.title_count where kind = 'year'`,
    },
    [],
  );
  return all?.titles ?? 0;
}
