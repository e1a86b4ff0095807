import { LEAST_AMOUNT, type Movie } from '@marquee/contract';
import { compareTexts } from '@marquee/movies';
import { normalForm } from '@marquee/search';
import type { PoolClient } from 'pg';

/** What one movie adds to a row of `movies.profit`. Amounts are whole cents, so that sums are exact. */
export interface ProfitPart {
  readonly dimension: 'all' | 'company' | 'genre' | 'country';
  readonly member: string;
  readonly year: number;
  readonly budget: number;
  readonly revenue: number;
  readonly sharedBudget: number;
  readonly sharedRevenue: number;
  readonly isSmall: boolean;
}

/** The id of a company: by its name where no source gives it one. */
export function companyId({ id, name }: Movie['companies'][number]): string {
  return id ?? `name:${normalForm(name)}`;
}

/**
 * What a movie adds to the sums: nothing without a year, or without a budget and a revenue in US
 * dollars.
 */
export function profitParts(movie: Movie | null): ProfitPart[] {
  const year = movie?.year ?? null;
  const budget = centsOf(movie?.budget ?? null);
  const revenue = centsOf(movie?.revenue ?? null);
  if (movie === null || year === null || budget === 0 || revenue === 0) return [];
  const isSmall = Math.min(budget, revenue) < 100 * LEAST_AMOUNT;
  const members = {
    all: ['all'],
    company: movie.companies.map(companyId),
    genre: movie.genres,
    country: movie.countries,
  };
  return Object.entries(members).flatMap(([dimension, names]) => {
    const distinct = [...new Set(names)].toSorted(compareTexts);
    return distinct.map((member, i) => ({
      dimension: dimension as ProfitPart['dimension'],
      member,
      year,
      budget,
      revenue,
      sharedBudget: share(budget, distinct.length, i),
      sharedRevenue: share(revenue, distinct.length, i),
      isSmall,
    }));
  });
}

function centsOf(money: Movie['budget']): number {
  return money?.currency === 'USD' ? Math.round(100 * money.amount) : 0;
}

/** One of so many equal shares, to the cent: the first ones take what is left, so that they add up. */
function share(cents: number, count: number, index: number): number {
  return Math.floor(cents / count) + Number(index < cents % count);
}

/** Parts of the sums to add, or with sign -1 to take away. */
export type ProfitDelta = ProfitPart & { readonly sign: 1 | -1 };

/**
 * Adds deltas to the sums. Rows are locked in the order of their keys, so that batches that run side
 * by side wait for each other and never in a circle.
 */
export async function addProfits(
  client: PoolClient,
  deltas: readonly ProfitDelta[],
): Promise<void> {
  if (deltas.length === 0) return;
  const json = JSON.stringify(deltas);
  await client.query(ADD_PROFITS, [json]);
  await client.query(DROP_EMPTY, [json]);
}

const ADD_PROFITS = `
  insert into movies.profit as p (
    dimension, member, year, movies, budget, revenue, shared_budget, shared_revenue,
    small_movies, small_budget, small_revenue, small_shared_budget, small_shared_revenue
  )
  select
    dimension, member, year,
    sum(sign), trim_scale(sum(sign * budget) / 100), trim_scale(sum(sign * revenue) / 100),
    trim_scale(sum(sign * "sharedBudget") / 100), trim_scale(sum(sign * "sharedRevenue") / 100),
    sum(small), trim_scale(sum(small * budget) / 100), trim_scale(sum(small * revenue) / 100),
    trim_scale(sum(small * "sharedBudget") / 100), trim_scale(sum(small * "sharedRevenue") / 100)
  from jsonb_to_recordset($1::jsonb) as d (
      dimension text, member text, year integer, sign integer, "isSmall" boolean,
      budget numeric, revenue numeric, "sharedBudget" numeric, "sharedRevenue" numeric
    ),
    lateral (select case when d."isSmall" then d.sign else 0 end as small)
  group by dimension, member, year
  order by dimension, member collate "C", year
  on conflict (dimension, member, year) do update set
    movies = p.movies + excluded.movies,
    budget = trim_scale(p.budget + excluded.budget),
    revenue = trim_scale(p.revenue + excluded.revenue),
    shared_budget = trim_scale(p.shared_budget + excluded.shared_budget),
    shared_revenue = trim_scale(p.shared_revenue + excluded.shared_revenue),
    small_movies = p.small_movies + excluded.small_movies,
    small_budget = trim_scale(p.small_budget + excluded.small_budget),
    small_revenue = trim_scale(p.small_revenue + excluded.small_revenue),
    small_shared_budget = trim_scale(p.small_shared_budget + excluded.small_shared_budget),
    small_shared_revenue = trim_scale(p.small_shared_revenue + excluded.small_shared_revenue)`;

const DROP_EMPTY = `
  delete from movies.profit as p
  using (
    select distinct dimension, member collate "C" as member, year
    from jsonb_to_recordset($1::jsonb) as d (dimension text, member text, year integer)
  ) as touched
  where p.dimension = touched.dimension and p.member = touched.member and p.year = touched.year and p.movies = 0`;
