import { labelOf, languageName, regionName, runtime, shortCount } from '../format.ts';
import type { MovieFilter, MovieQuery } from './movie-query.ts';

/** One thing that is chosen, and the parameters without which it is not. */
export interface MovieChoice {
  readonly text: string;
  readonly without: Partial<Record<MovieFilter, string | null>>;
}

const VALUES: readonly (readonly [MovieFilter, (value: string) => string])[] = [
  ['type', labelOf],
  ['genre', String],
  ['genreAny', (genre) => `Or ${genre}`],
  ['genreNone', (genre) => `Not ${genre}`],
  ['country', (code) => `Made in ${regionName(code)}`],
  ['language', (code) => `In ${languageName(code)}`],
  ['sourceRating', (range) => `Rated ${range}`],
  ['watched', (value) => (value === 'true' ? 'Watched' : 'Not watched')],
  ['isAdult', (value) => (value === 'true' ? 'Only adult' : 'No adult')],
];

const dollars = (value: string) => `$${shortCount(Number(value))}`;

const RANGES: readonly (readonly [
  label: string,
  from: MovieFilter,
  to: MovieFilter,
  text: (value: string) => string,
])[] = [
  ['', 'yearFrom', 'yearTo', String],
  ['Rated', 'ratingFrom', 'ratingTo', String],
  ['Votes', 'votesFrom', 'votesTo', (value) => shortCount(Number(value))],
  ['Critics', 'criticsFrom', 'criticsTo', String],
  ['Audience', 'audienceFrom', 'audienceTo', String],
  ['Length', 'runtimeMinutesFrom', 'runtimeMinutesTo', (value) => runtime(Number(value))],
  ['Budget', 'budgetFrom', 'budgetTo', dollars],
  ['Revenue', 'revenueFrom', 'revenueTo', dollars],
  ['Profit', 'profitFrom', 'profitTo', dollars],
  ['Performance', 'performanceFrom', 'performanceTo', String],
  ['Soundtrack', 'soundtrackFrom', 'soundtrackTo', String],
  ['Screenplay', 'screenplayFrom', 'screenplayTo', String],
];

/**
 * All that is chosen, one by one.
 *
 * @param nameOf names of companies and sources by their ids
 */
export function movieChoices(
  { filters, valuesOf }: Pick<MovieQuery, 'filters' | 'valuesOf'>,
  nameOf: (filter: 'company' | 'source', id: string) => string,
): MovieChoice[] {
  const named = (['company', 'source'] as const).map(
    (filter) => [filter, (id: string) => nameOf(filter, id)] as const,
  );
  const values = [...VALUES, ...named].flatMap(([filter, text]) =>
    valuesOf(filter).map((value) => ({
      text: text(value),
      without: {
        [filter]: valuesOf(filter)
          .filter((one) => one !== value)
          .join(','),
      },
    })),
  );
  const ranges = RANGES.flatMap(([label, from, to, text]) => {
    const [low, high] = [filters[from], filters[to]];
    if (low === undefined && high === undefined) return [];
    const bounds =
      low === undefined
        ? `up to ${text(high ?? '')}`
        : high === undefined
          ? `from ${text(low)}`
          : low === high
            ? text(low)
            : `${text(low)}–${text(high)}`;
    return [
      { text: label === '' ? bounds : `${label} ${bounds}`, without: { [from]: null, [to]: null } },
    ];
  });
  return [...values, ...ranges];
}
