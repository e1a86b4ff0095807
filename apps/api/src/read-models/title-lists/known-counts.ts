import type { TitleFilters } from '@marquee/contract';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import { firstYear } from './title-filters.ts';

/** Numbers of titles by type; the type is empty if it is unknown. */
export type CountsByType = ReadonlyMap<string, number>;

/** A value that `search.title_count` counts, or a range of numbers. */
type CountedValue =
  | { readonly kind: 'genre' | 'region' | 'language'; readonly value: string }
  | { readonly kind: 'year' | 'runtime'; readonly from: number; readonly to: number };

const OF_VALUE: Statement = {
  name: 'counts of a value',
  text: `
    select group_name as type, titles from search.title_count
    where kind = $1::text and value = $2::text`,
};

// the cast fails for values of other kinds
const OF_RANGE: Statement = {
  name: 'counts of a range',
  text: `
    select group_name as type, sum(titles) as titles from search.title_count
    where kind = $1::text and case when kind = $1::text then value::int4 end between $2::int4 and $3::int4
    group by group_name`,
};

const MAX_INT = 2_147_483_647;

/**
 * How many titles match, by type and whatever types are asked for, if the loader has counted them:
 * requests of types and at most one value or range. Reads some thousand rows at most, whatever
 * matches.
 *
 * @returns null if the request has other filters
 */
export async function knownCounts(
  database: Reads,
  filters: TitleFilters,
): Promise<CountsByType | null> {
  const counted = countedValueOf(filters);
  if (counted === null) return null;
  const [statement, values] =
    'value' in counted
      ? [OF_VALUE, [counted.kind, counted.value]]
      : [OF_RANGE, [counted.kind, counted.from, Math.min(counted.to, MAX_INT)]];
  const rows = await database.read<{ type: string; titles: number }>(statement, values);
  return new Map(rows.map(({ type, titles }) => [type, titles]));
}

/** The number of titles of some types, or of all. */
export function sumOfTypes(counts: CountsByType, types: readonly string[] | undefined): number {
  return [...counts].reduce(
    (sum, [type, titles]) => (types === undefined || types.includes(type) ? sum + titles : sum),
    0,
  );
}

/** The value or range that a request asks for besides types; null if it asks for more. */
function countedValueOf({ titleType: _, ...filters }: TitleFilters): CountedValue | null {
  const {
    genre,
    genreAny = genre,
    country,
    language,
    startYearFrom,
    startYearTo = Infinity,
    runtimeMinutesFrom: from = 0,
    runtimeMinutesTo: to = Infinity,
  } = filters;
  const names = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [name.replace(/(?:From|To|Any)$/u, '')],
  );
  const [name, ...others] = new Set(names);
  if (others.length > 0) return null;
  switch (name) {
    // every title has a year, if only an unknown one
    case undefined:
      return { kind: 'year', from: 0, to: Infinity };
    case 'startYear':
      return {
        kind: 'year',
        from: firstYear({ startYearFrom, startYearTo }) ?? 0,
        to: startYearTo,
      };
    case 'runtimeMinutes':
      return { kind: 'runtime', from, to };
    case 'genre':
      return names.length === 1 ? oneValue('genre', genreAny) : null;
    case 'country':
      return oneValue('region', country);
    case 'language':
      return oneValue('language', language);
    default:
      return null;
  }
}

function oneValue(
  kind: 'genre' | 'region' | 'language',
  values: readonly string[] = [],
): CountedValue | null {
  const [value, ...others] = values;
  return value === undefined || others.length > 0 ? null : { kind, value };
}
