import {
  keysOf,
  LEAST_AMOUNT,
  PROFIT_KEYS,
  ProfitGroup,
  type ProfitKey,
  type ProfitPage,
  type ProfitQuery,
  type ProfitSort,
} from '@marquee/contract';
import type { Database, Statement } from '../../database/database.ts';
import type { List } from '../../read-models/lists/list.ts';

/** What groups are made by, as SQL on `movies.profit as p`. */
const GROUPED: Readonly<Record<ProfitKey, string>> = {
  company: 'p.member',
  genre: 'p.member',
  country: 'p.member',
  year: 'p.year',
  decade: 'p.year - p.year % 10',
};

const TIMES: readonly ProfitKey[] = ['year', 'decade'];

/** Shared amounts are fractions: to the cent. Full ones are whole and stay exact. */
const AMOUNTS = {
  full: ['sum(p.budget)', 'sum(p.revenue)'],
  shared: ['round(sum(p.shared_budget), 2)', 'round(sum(p.shared_revenue), 2)'],
} as const;

const SORTED: Readonly<Record<ProfitSort, string>> = {
  profit: 'profit',
  revenue: 'revenue',
  budget: 'budget',
  movies: 'movies',
  year: '_time',
};

/** The sums of each group, in the order of a query; one row of the table is of a member and a year. */
export function profitsOf({ by, attribution, yearFrom, yearTo, sort, order }: ProfitQuery): List {
  const [budget, revenue] = AMOUNTS[attribution];
  const member = by.find((key) => !TIMES.includes(key)) ?? null;
  const time = by.find((key) => TIMES.includes(key)) ?? null;
  const columns = PROFIT_KEYS.map(
    (key) =>
      `${by.includes(key) ? GROUPED[key] : `null::${TIMES.includes(key) ? 'int4' : 'text'}`} as ${key}`,
  );
  const companyName =
    member === 'company'
      ? '(select c.name from movies.company as c where c.id = p.member)'
      : 'null::text';
  const groups = [member, time].flatMap((key) => (key === null ? [] : [GROUPED[key]]));
  const text = `
    select ${columns.join(', ')}, ${companyName} as "companyName",
      sum(p.movies)::int8 as movies, ${budget} as budget, ${revenue} as revenue, ${revenue} - ${budget} as profit,
      ${member === null ? "''" : 'p.member'} as "_member", ${time === null ? '0' : GROUPED[time]} as "_time"
    from movies.profit as p
    where p.dimension = $1::text and p.movies > 0
      and ($2::int4 is null or p.year >= $2::int4) and ($3::int4 is null or p.year <= $3::int4)
    ${groups.length === 0 ? 'having count(*) > 0' : `group by ${groups.join(', ')}`}`;
  const descending = order === 'desc';
  const column = SORTED[sort];
  return {
    name: `profits ${by.join(' ')} ${attribution}`,
    isPlannedAnew: true,
    text,
    values: [member ?? 'all', yearFrom ?? null, yearTo ?? null],
    sort: [
      { column, type: column === '_time' ? 'int4' : 'numeric', descending },
      { column: '_member', type: 'text', descending },
      ...(column === '_time' ? [] : [{ column: '_time', type: 'int4', descending } as const]),
    ],
    fields: keysOf(ProfitGroup),
  };
}

/**
 * Movies that are in no group. The sums have those with a year and both amounts, of the least amount
 * or more.
 */
const LEFT_OUT: Statement = {
  name: 'profits left out',
  text: `
    select (movies.counted - pairs.counted)::int8 as "withoutBoth", small.counted::int8 as "tooSmall",
      greatest(pairs.counted - small.counted - sums.counted, 0)::int8 as "withoutYear"
    from (select count(*) as counted from movies.movie) as movies,
      (select count(*) as counted from movies.movie where revenue - budget is not null) as pairs,
      (select count(*) as counted from movies.movie where (budget < ${LEAST_AMOUNT} or revenue < ${LEAST_AMOUNT}) and revenue - budget is not null) as small,
      (select coalesce(sum(p.movies), 0) as counted from movies.profit as p where p.dimension = 'all') as sums`,
};

/** What all groups of a query add up to, and what is in none. */
export async function readProfitFrame(
  database: Database,
  query: ProfitQuery,
): Promise<Omit<ProfitPage, 'items' | 'next' | 'total'>> {
  const { text, values } = profitsOf(query);
  const [[sum], [leftOut]] = await Promise.all([
    database.read<ProfitPage['sum']>(
      {
        name: '',
        text: `select count(*) as groups, coalesce(sum(budget), 0) as budget, coalesce(sum(revenue), 0) as revenue, coalesce(sum(profit), 0) as profit from (${text}) as list`,
      },
      values,
    ),
    database.read<ProfitPage['leftOut']>(LEFT_OUT, []),
  ]);
  const { by, attribution } = query;
  return {
    by,
    attribution,
    sum: sum ?? { groups: 0, budget: 0, revenue: 0, profit: 0 },
    leftOut: leftOut ?? { withoutBoth: 0, tooSmall: 0, withoutYear: 0 },
  };
}
