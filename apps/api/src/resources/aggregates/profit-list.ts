import {
  keysOf,
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

/**
 * The sums of a group, as SQL: of all movies, of which those with small amounts can be left out.
 * Shared amounts are fractions: to the cent. Full ones stay exact.
 */
const SUMS = {
  full: { budget: 'sum(p.budget)', revenue: 'sum(p.revenue)' },
  shared: { budget: 'round(sum(p.shared_budget), 2)', revenue: 'round(sum(p.shared_revenue), 2)' },
} as const;
const SMALL_SUMS = {
  full: { budget: 'sum(p.small_budget)', revenue: 'sum(p.small_revenue)' },
  shared: {
    budget: 'round(sum(p.small_shared_budget), 2)',
    revenue: 'round(sum(p.small_shared_revenue), 2)',
  },
} as const;

const OF_YEARS =
  '($2::int4 is null or p.year >= $2::int4) and ($3::int4 is null or p.year <= $3::int4)';

const SORTED: Readonly<Record<ProfitSort, string>> = {
  profit: 'profit',
  revenue: 'revenue',
  budget: 'budget',
  movies: 'movies',
  year: '_time',
};

/** The sums of each group, in the order of a query; one row of the table is of a member and a year. */
export function profitsOf(query: ProfitQuery): List {
  const { by, attribution, small, yearFrom, yearTo, sort, order } = query;
  const [all, left] = [SUMS[attribution], SMALL_SUMS[attribution]];
  const budget = small ? all.budget : `${all.budget} - ${left.budget}`;
  const revenue = small ? all.revenue : `${all.revenue} - ${left.revenue}`;
  const movies = small ? 'p.movies' : '(p.movies - p.small_movies)';
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
      sum(${movies})::int8 as movies, ${budget} as budget, ${revenue} as revenue, ${revenue} - (${budget}) as profit,
      ${member === null ? "''" : 'p.member'} as "_member", ${time === null ? '0' : GROUPED[time]} as "_time"
    from movies.profit as p
    where p.dimension = $1::text and ${movies} > 0
      and ${OF_YEARS}
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

/** Movies without both amounts, and with both and no year: no group has these. */
const LEFT_OUT: Statement = {
  name: 'profits left out',
  text: `
    select (movies.counted - pairs.counted)::int8 as "withoutBoth",
      greatest(pairs.counted - sums.counted, 0)::int8 as "withoutYear"
    from (select count(*) as counted from movies.movie) as movies,
      (select count(*) as counted from movies.movie where budget > 0 and revenue > 0) as pairs,
      (select coalesce(sum(p.movies), 0) as counted from movies.profit as p where p.dimension = 'all') as sums`,
};

/** Movies with a small amount, and what they add to the groups of a dimension. */
function smallOnes(attribution: ProfitQuery['attribution']): Statement {
  const { budget, revenue } = SMALL_SUMS[attribution];
  return {
    name: `profits too small ${attribution}`,
    text: `
      select (select coalesce(sum(p.small_movies), 0)::int8 from movies.profit as p where p.dimension = 'all' and ${OF_YEARS}) as "tooSmall",
        (select coalesce(${revenue} - ${budget}, 0) from movies.profit as p where p.dimension = $1::text and ${OF_YEARS}) as "tooSmallProfit"`,
  };
}

/** What all groups of a query add up to, and what is in none. */
export async function readProfitFrame(
  database: Database,
  query: ProfitQuery,
): Promise<Omit<ProfitPage, 'items' | 'next' | 'total'>> {
  const { by, attribution, small } = query;
  const { text, values } = profitsOf(query);
  const [[sum], [leftOut], [tooSmall]] = await Promise.all([
    database.read<ProfitPage['sum']>(
      {
        name: '',
        text: `select count(*) as groups, coalesce(sum(budget), 0) as budget, coalesce(sum(revenue), 0) as revenue, coalesce(sum(profit), 0) as profit from (${text}) as list`,
      },
      values,
    ),
    database.read<Pick<ProfitPage['leftOut'], 'withoutBoth' | 'withoutYear'>>(LEFT_OUT, []),
    small ? [] : database.read<SmallOnes>(smallOnes(attribution), values),
  ]);
  return {
    by,
    attribution,
    sum: sum ?? { groups: 0, budget: 0, revenue: 0, profit: 0 },
    leftOut: {
      ...(leftOut ?? { withoutBoth: 0, withoutYear: 0 }),
      ...(tooSmall ?? { tooSmall: 0, tooSmallProfit: 0 }),
    },
  };
}

type SmallOnes = Pick<ProfitPage['leftOut'], 'tooSmall' | 'tooSmallProfit'>;
