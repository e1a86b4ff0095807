import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import type { Conditions } from './title-filters.ts';

// what `search.title_count` tells of the types that are asked for

/** Columns in the order of which there is an index of all titles that have them. */
export const RANGES = ['year', 'runtime'] as const;
export type RangeColumn = (typeof RANGES)[number];

/** Whether a part of a column is asked for. */
export function isAsked({ plain }: Conditions, column: RangeColumn): boolean {
  return plain.some(({ on }) => on === column);
}

const FIGURES: Statement = {
  name: 'figures of types',
  text: `select from unnest($1::int4[], $2::text[], $3::text[]) as asked (number, kind, value)
      left join search.title_count as f on f.kind = asked.kind and f.value = asked.value and f.group_name = any ($4::text[])
    group by asked.number having sum(f.titles) is null limit 1`,
};

/**
 * Whether one of the conditions fits no title of the types that are asked for: to find that out by
 * looking can take long, as each of both may be frequent.
 */
export async function isInNone(database: Reads, conditions: Conditions): Promise<boolean> {
  if (conditions.types === null) return false;
  const columns = RANGES.filter(
    (column) => isAsked(conditions, column) || (column === 'year' && conditions.special !== null),
  );
  const are = await Promise.all([
    hasNoneOf(database, conditions),
    ...columns.map(async (column) => (await valuesOf(database, conditions, column)).length === 0),
  ]);
  return are.includes(true);
}

/** Whether no title of the types has one of the values of a condition. */
async function hasNoneOf(database: Reads, { types, figures }: Conditions): Promise<boolean> {
  if (figures.length === 0) return false;
  const asked = figures.flatMap(({ kind, values }, number) =>
    values.map((value) => ({ number, kind, value })),
  );
  const rows = await database.read(FIGURES, [
    asked.map(({ number }) => number),
    asked.map(({ kind }) => kind),
    asked.map(({ value }) => value),
    types,
  ]);
  return rows.length > 0;
}

const VALUES: Statement = {
  name: 'values of types',
  text: `select value::int4 as value, sum(titles) as titles from search.title_count where kind = $1::text and ($2::text[] is null or group_name = any ($2::text[])) group by 1 order by 1`,
};

export interface Value {
  readonly value: number;
  readonly titles: number;
}

/**
 * The years in which titles start, or the runtimes that they have, within what is asked for, and
 * how many have each: of the types that are asked for, or of all.
 */
export async function valuesOf(
  database: Reads,
  { types, special, ranges }: Conditions,
  column: RangeColumn,
): Promise<Value[]> {
  const rows = await database.read<Value>(VALUES, [
    column === 'year' && special !== null ? special : column,
    types,
  ]);
  const { from, to } = ranges[column];
  return rows.filter(({ value }) => value >= from && value <= to);
}
