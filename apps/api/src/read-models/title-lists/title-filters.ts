import type { TitleFilters } from '@marquee/contract';
import {
  TAG_PREFIXES,
  TITLE_BITS,
  TITLE_TAGS,
  type BitColumn,
  type BitGroup,
} from '@marquee/search';
import type { Parameters, Sql } from '../../database/parameters.ts';

/** The columns of numbers that titles are filtered by. */
export type NumberColumn = 'year' | 'runtime' | 'rating' | 'votes';

/** What is counted by type (`search.title_count`). */
type FigureKind = 'genre' | 'region' | 'language';

/** A value that has a bit. */
export interface MarkedValue {
  readonly kind: BitGroup;
  readonly value: string;
}

/** The bits of some values as one number. */
export type Bits = (kind: BitGroup, values: readonly string[]) => bigint;

/**
 * One of the things that a title can be asked to be, as a condition on a row of `search.title as
 * t`.
 */
interface Filter {
  /** The column of numbers that it is about, which an index may be in the order of. */
  readonly on?: NumberColumn;
  /** Whether it is one value of the column and no other. */
  readonly single?: boolean;
  /** The condition. @param value the parameter */
  readonly sql: (value: string) => string;
  /**
   * Of which kind the bits are that the indexes of orders have of a title that passes; of numbers
   * these have the number itself.
   */
  readonly marked?: BitGroup;
  readonly type: 'int4' | 'text[]';
  /** The parameter's value; undefined where a request does not ask for it. */
  readonly value: (filters: TitleFilters) => number | readonly string[] | undefined;
  /** Whether most titles pass it: alone, it is no reason to find titles by the index of terms. */
  readonly frequent?: (filters: TitleFilters) => boolean;
  /** The kind of its values among the figures of types. */
  readonly figure?: FigureKind;
  /** Whether a title has to have all of its values, and not one of them. */
  readonly every?: boolean;
  /** Looks into the index of terms, and is of use there alone; or is of no use there. */
  readonly terms?: 'only' | ((filters: TitleFilters) => boolean);
}

/** More years than this are not put down one by one: a range does it. */
export const FEW_YEARS = 20;

/** A year that is not known is 0 in the table, and in no range. */
const firstYear = ({ startYearFrom, startYearTo }: TitleFilters) =>
  startYearFrom === undefined && startYearTo === undefined
    ? undefined
    : Math.max(startYearFrom ?? 1, 1);
const hasFewYears = (filters: TitleFilters) => {
  const first = firstYear(filters);
  return (
    first !== undefined &&
    filters.startYearTo !== undefined &&
    filters.startYearTo >= first &&
    filters.startYearTo - first < FEW_YEARS
  );
};
const isOneYear = (filters: TitleFilters) => firstYear(filters) === filters.startYearTo;
const years = (filters: TitleFilters) => {
  const first = firstYear(filters) ?? 1;
  return hasFewYears(filters)
    ? Array.from(
        { length: (filters.startYearTo ?? first) - first + 1 },
        (_, i) => `${TAG_PREFIXES.year}${first + i}`,
      )
    : undefined;
};
const tenths = (rating: number | undefined) =>
  rating === undefined ? undefined : Math.round(rating * 10);

const always = () => true;
/** Three quarters of all titles are episodes. */
const hasEpisode = ({ titleType }: TitleFilters) => titleType?.includes('tvEpisode') === true;
/**
 * Has one tag, by no index: most have it, and the index of terms would be gone through for nothing.
 */
const hasTag = (value: string) => `array_position(t.tags, (${value})[1]) is not null`;

/** All filters, the quickest to look at first. */
const FILTERS: readonly Filter[] = [
  {
    on: 'year',
    single: true,
    type: 'int4',
    sql: (value) => `t.year = ${value}`,
    value: (filters) => (isOneYear(filters) ? firstYear(filters) : undefined),
    terms: (filters) => !hasFewYears(filters),
  },
  {
    on: 'year',
    type: 'int4',
    sql: (value) => `t.year >= ${value}`,
    value: (filters) => (isOneYear(filters) ? undefined : firstYear(filters)),
    terms: (filters) => !hasFewYears(filters),
  },
  {
    on: 'year',
    type: 'int4',
    sql: (value) => `t.year <= ${value}`,
    value: (filters) => (isOneYear(filters) ? undefined : filters.startYearTo),
    terms: (filters) => !hasFewYears(filters),
  },
  { type: 'text[]', sql: (value) => `t.tags && ${value}`, value: years, terms: 'only' },
  ...range(
    'runtime',
    ({ runtimeMinutesFrom }) => runtimeMinutesFrom,
    ({ runtimeMinutesTo }) => runtimeMinutesTo,
  ),
  ...range(
    'rating',
    ({ averageRatingFrom }) => tenths(averageRatingFrom),
    ({ averageRatingTo }) => tenths(averageRatingTo),
  ),
  ...range(
    'votes',
    ({ numVotesFrom }) => numVotesFrom,
    ({ numVotesTo }) => numVotesTo,
  ),
  {
    type: 'text[]',
    frequent: hasEpisode,
    sql: (value) => `t.tags && ${value}`,
    marked: 'tag',
    value: ({ titleType }) => titleType?.map((type) => `${TAG_PREFIXES.type}${type}`),
  },
  {
    type: 'text[]',
    sql: (value) => `t.tags && ${value}`,
    marked: 'tag',
    value: ({ isAdult }) => (isAdult === true ? [TITLE_TAGS.adult] : undefined),
  },
  {
    type: 'text[]',
    frequent: always,
    sql: hasTag,
    marked: 'tag',
    value: ({ isAdult }) => (isAdult === false ? [TITLE_TAGS.notAdult] : undefined),
  },
  {
    type: 'text[]',
    sql: (value) => `t.tags && ${value}`,
    marked: 'tag',
    value: ({ hasEpisodes }) => (hasEpisodes === true ? [TITLE_TAGS.hasEpisodes] : undefined),
  },
  {
    type: 'text[]',
    frequent: always,
    sql: hasTag,
    marked: 'tag',
    value: ({ hasEpisodes }) => (hasEpisodes === false ? [TITLE_TAGS.noEpisodes] : undefined),
  },
  {
    type: 'text[]',
    figure: 'genre',
    every: true,
    sql: (value) => `t.genres @> ${value}`,
    marked: 'genre',
    value: ({ genre }) => genre,
  },
  {
    type: 'text[]',
    figure: 'genre',
    sql: (value) => `t.genres && ${value}`,
    marked: 'genre',
    value: ({ genreAny }) => genreAny,
  },
  {
    type: 'text[]',
    figure: 'region',
    sql: (value) => `t.regions && ${value}`,
    marked: 'region',
    value: ({ country }) => country,
  },
  {
    type: 'text[]',
    figure: 'language',
    sql: (value) => `t.languages && ${value}`,
    marked: 'language',
    value: ({ language }) => language,
  },
  {
    type: 'text[]',
    frequent: always,
    sql: (value) => `not t.genres && ${value}`,
    value: ({ genreNone }) => genreNone,
  },
];

function range(on: NumberColumn, from: Filter['value'], to: Filter['value']): Filter[] {
  return [
    { on, type: 'int4', sql: (value) => `t.${on} >= ${value}`, value: from },
    { on, type: 'int4', sql: (value) => `t.${on} <= ${value}`, value: to },
  ];
}

/** A filter that a request asks for. */
export interface Condition extends Pick<Filter, 'on' | 'single'> {
  readonly sql: Sql;
  /**
   * What an index of an order, or that of ids, says of it, which passes all titles that fit and
   * others too; null where it says nothing.
   */
  readonly mark: Sql | null;
}

/** The filters of a request, but for a person. */
export interface Conditions {
  /** For looking at one title after another, along an index of numbers or by id. */
  readonly plain: readonly Condition[];
  /** The same for finding titles by the index of terms. */
  readonly terms: readonly Condition[];
  /** Whether the index of terms finds few of all titles. */
  readonly hasTerms: boolean;
  /** Values of which a title has to have one, for each condition that figures count. */
  readonly figures: readonly { readonly kind: FigureKind; readonly values: readonly string[] }[];
  /**
   * The years in which titles can start, 0 where it need not be known, and the runtimes that they
   * can have.
   */
  readonly ranges: Readonly<
    Record<'year' | 'runtime', { readonly from: number; readonly to: number }>
  >;
  /**
   * Whether something is asked for that few titles are: of these it is counted by year how many
   * there are.
   */
  readonly special: 'episodes' | 'adult' | null;
  /** Only titles of these types can fit; null where any can. */
  readonly types: readonly string[] | null;
  /** Whether only titles with votes can fit, or only those without; null where both can. */
  readonly rated: boolean | null;
}

/** The values that a request asks for of which an index of an order has a bit. */
export function markedValues(filters: TitleFilters): MarkedValue[] {
  return FILTERS.flatMap(({ marked, value }) => {
    const values = marked === undefined ? undefined : value(filters);
    return marked === undefined || typeof values !== 'object'
      ? []
      : values.map((one) => ({ kind: marked, value: one }));
  });
}

/**
 * @param bits those of the {@link markedValues}; without them the indexes of orders say nothing of
 *   these
 */
export function conditionsOf(filters: TitleFilters, bits: Bits | null = null): Conditions {
  const asked = FILTERS.flatMap((filter) => {
    const value = filter.value(filters);
    if (value === undefined) return [];
    const { figure, every = false, marked, sql } = filter;
    const withValue =
      (condition: (value: string) => string): Sql =>
      (parameters) =>
        condition(parameters.add(value, filter.type));
    const values = typeof value === 'number' ? [] : value;
    const figures =
      figure === undefined
        ? []
        : every
          ? values.map((one) => ({ kind: figure, values: [one] }))
          : [{ kind: figure, values }];
    const mark =
      typeof value === 'number'
        ? withValue(sql)
        : marked === undefined || bits === null
          ? null
          : hasBits(TITLE_BITS[marked].column, bits(marked, value), every);
    return [{ ...filter, sql: withValue(sql), mark, figures }];
  });
  const { averageRatingFrom, averageRatingTo, numVotesFrom = 0, numVotesTo } = filters;
  const isRated =
    averageRatingFrom !== undefined || averageRatingTo !== undefined || numVotesFrom > 0;
  return {
    plain: asked.filter(({ terms }) => terms !== 'only'),
    terms: asked.filter(({ terms }) => typeof terms !== 'function' || terms(filters)),
    figures: asked.flatMap(({ figures }) => figures),
    ranges: {
      year: { from: firstYear(filters) ?? 0, to: filters.startYearTo ?? Infinity },
      runtime: { from: filters.runtimeMinutesFrom ?? 0, to: filters.runtimeMinutesTo ?? Infinity },
    },
    special: filters.hasEpisodes === true ? 'episodes' : filters.isAdult === true ? 'adult' : null,
    types: filters.titleType ?? null,
    hasTerms: asked.some(({ type, frequent }) => type === 'text[]' && frequent?.(filters) !== true),
    rated: isRated ? true : numVotesTo === 0 ? false : null,
  };
}

/** That a title has one of some bits, or all of them. */
function hasBits(column: BitColumn, bits: bigint, every: boolean): Sql {
  return (parameters) => {
    const asked = parameters.add(String(bits), 'int8');
    return `t.${column} & ${asked} ${every ? `= ${asked}` : '<> 0'}`;
  };
}

/** Conditions as one; true where there are none. */
export function allOf(conditions: readonly { sql: Sql }[], parameters: Parameters): string {
  return conditions.length === 0
    ? 'true'
    : conditions.map(({ sql }) => sql(parameters)).join(' and ');
}

/** What an index with the bits and numbers of a title says of conditions. */
export function marksOf(conditions: readonly Condition[]): { sql: Sql }[] {
  return conditions.flatMap(({ mark }) => (mark === null ? [] : [{ sql: mark }]));
}

/**
 * A condition on `search.title as t` for the titles with votes, and for those without, or for one
 * half where none of the other can fit: nearly all indexes are of the ones or of the others, and
 * serve no condition that is not.
 */
export function halvesOf({ rated }: Pick<Conditions, 'rated'>, where: string): string[] {
  return [
    ...(rated === false ? [] : ['t.votes > 0']),
    ...(rated === true ? [] : ['t.votes < 1']),
  ].map((half) => `${half} and ${where}`);
}

/**
 * A select of `search.title as t` for each of some conditions, none of which another's titles fit,
 * as one.
 */
export function titlesWhere(parts: readonly string[], columns = ''): string {
  return parts
    .map((part) => `select ${columns} from search.title as t where ${part}`)
    .join(' union all ');
}

/**
 * All filters as one condition with one text, whichever of them a request asks for.
 *
 * @param first number of its first parameter
 */
export function anyConditions(first: number): string {
  return PLAIN.map(
    ({ sql, type }, i) => `($${first + i}::${type} is null or ${sql(`$${first + i}::${type}`)})`,
  ).join(' and ');
}

/** The values of the parameters of {@link anyConditions}. */
export function anyValues(filters: TitleFilters): unknown[] {
  return PLAIN.map(({ value }) => value(filters) ?? null);
}

const PLAIN = FILTERS.filter(({ terms }) => terms !== 'only');
