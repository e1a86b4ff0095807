import type { TitleFilters } from '@marquee/contract';
import { TITLE_BITS, TITLE_PARTITIONS, type BitColumn, type BitGroup } from '@marquee/search';
import type { SqlParameters, SqlPart } from '../../database/parameters.ts';
import { FILTERS, firstYear, type CountedSet, type Filter } from './title-filters.ts';

/** A filter that a request has, with its value. */
export interface Condition extends Pick<Filter, 'column' | 'isOneValue'> {
  readonly sql: SqlPart;
  /**
   * What an index entry tells of it: it passes all titles that match, and others too. Null where an
   * entry tells nothing.
   */
  readonly prefilter: SqlPart | null;
}

/** A column of numbers that lists are sorted by, and `search.title_count` counts. */
export type CountedColumn = 'year' | 'runtime';

/** The filters of a request, except for a person. */
export interface Conditions {
  /** For titles that are read one by one, along an index of numbers or by id. */
  readonly rows: readonly Condition[];
  /** For titles that the GIN index finds. */
  readonly gin: readonly Condition[];
  /** Whether the GIN index finds few of all titles. */
  readonly hasSelectiveTags: boolean;
  /** Values of which a title needs one, for each condition that `search.title_count` counts. */
  readonly counted: readonly { readonly kind: CountedSet; readonly values: readonly string[] }[];
  /** The years, 0 included where it need not be known, and the runtimes that can match. */
  readonly ranges: Readonly<Record<CountedColumn, { readonly from: number; readonly to: number }>>;
  /** A rare tag that is asked for: `search.title_count` counts its titles by year. */
  readonly rareTag: 'episodes' | 'adult' | null;
  /** Only titles of these types can match; null where any can. */
  readonly types: readonly string[] | null;
  /** Whether only rated titles can match, or only unrated ones; null where both can. */
  readonly rated: boolean | null;
}

/** The bits of some values as one number. */
export type BitsOf = (group: BitGroup, values: readonly string[]) => bigint;

/** A value that has a bit. */
export interface BitValue {
  readonly group: BitGroup;
  readonly value: string;
}

/** The values of a request that have bits. */
export function bitValuesOf(filters: TitleFilters): BitValue[] {
  return FILTERS.flatMap(({ bits: group, valueOf }) => {
    const values = group === undefined ? undefined : valueOf(filters);
    return group === undefined || typeof values !== 'object'
      ? []
      : values.map((value) => ({ group, value }));
  });
}

/**
 * The conditions of a request.
 *
 * @param bitsOf the bits of {@link bitValuesOf}; null leaves out the prefilters by bits
 */
export function conditionsOf(filters: TitleFilters, bitsOf: BitsOf | null = null): Conditions {
  const asked = FILTERS.flatMap((filter) => {
    const value = filter.valueOf(filters);
    return value === undefined ? [] : [{ filter, ...conditionOf(filter, value, bitsOf) }];
  });
  return {
    rows: asked.filter(({ filter }) => filter.onlyInGinSearch !== true),
    gin: asked.filter(({ filter }) => filter.inGinSearch?.(filters) !== false),
    hasSelectiveTags: asked.some(
      ({ filter: { type, isCommon } }) => type === 'text[]' && isCommon?.(filters) !== true,
    ),
    counted: asked.flatMap(({ filter }) => countedOf(filter, filters)),
    ranges: {
      year: { from: firstYear(filters) ?? 0, to: filters.startYearTo ?? Infinity },
      runtime: { from: filters.runtimeMinutesFrom ?? 0, to: filters.runtimeMinutesTo ?? Infinity },
    },
    rareTag: filters.hasEpisodes === true ? 'episodes' : filters.isAdult === true ? 'adult' : null,
    types: filters.titleType ?? null,
    rated: ratedOf(filters),
  };
}

function conditionOf(
  { column, isOneValue, type, sql, bits, needsAll = false }: Filter,
  value: number | readonly string[],
  bitsOf: BitsOf | null,
): Condition {
  const exact: SqlPart = (parameters) => sql(parameters.add(value, type));
  const prefilter =
    typeof value === 'number'
      ? exact
      : bits === undefined || bitsOf === null
        ? null
        : hasBits(TITLE_BITS[bits].column, bitsOf(bits, value), needsAll);
  return {
    ...(column === undefined ? {} : { column }),
    ...(isOneValue === undefined ? {} : { isOneValue }),
    sql: exact,
    prefilter,
  };
}

/** That a title has one of some bits, or all of them. */
function hasBits(column: BitColumn, bits: bigint, needsAll: boolean): SqlPart {
  return (parameters) => {
    const asked = parameters.add(String(bits), 'int8');
    return `t.${column} & ${asked} ${needsAll ? `= ${asked}` : '<> 0'}`;
  };
}

function countedOf(
  { counted: kind, valueOf, needsAll }: Filter,
  filters: TitleFilters,
): Conditions['counted'] {
  const values = valueOf(filters);
  if (kind === undefined || typeof values !== 'object') return [];
  return needsAll === true
    ? values.map((value) => ({ kind, values: [value] }))
    : [{ kind, values }];
}

function ratedOf({
  averageRatingFrom,
  averageRatingTo,
  numVotesFrom = 0,
  numVotesTo,
}: TitleFilters): boolean | null {
  if (averageRatingFrom !== undefined || averageRatingTo !== undefined || numVotesFrom > 0)
    return true;
  return numVotesTo === 0 ? false : null;
}

/** Whether a request has a filter on a column of numbers. */
export function isFiltered({ rows }: Conditions, column: CountedColumn): boolean {
  return rows.some((condition) => condition.column === column);
}

/** Conditions as one; true where there are none. */
export function allOf(conditions: readonly { sql: SqlPart }[], parameters: SqlParameters): string {
  return conditions.length === 0
    ? 'true'
    : conditions.map(({ sql }) => sql(parameters)).join(' and ');
}

/** The prefilters of conditions, as one; true where there are none. */
export function allPrefiltersOf(
  conditions: readonly Condition[],
  parameters: SqlParameters,
): string {
  return allOf(
    conditions.flatMap(({ prefilter }) => (prefilter === null ? [] : [{ sql: prefilter }])),
    parameters,
  );
}

/**
 * A condition split by the partial indexes that can serve it: nearly all indexes are of rated or of
 * unrated titles. Only one remains where the other's titles cannot match.
 */
export function byPartialIndex({ rated }: Pick<Conditions, 'rated'>, where: string): string[] {
  return [
    ...(rated === false ? [] : [`t.${TITLE_PARTITIONS.rated}`]),
    ...(rated === true ? [] : [`t.${TITLE_PARTITIONS.unrated}`]),
  ].map((index) => `${index} and ${where}`);
}

/** One select of `search.title as t` for conditions that exclude each other. */
export function selectTitles(parts: readonly string[], columns = ''): string {
  return parts
    .map((part) => `select ${columns} from search.title as t where ${part}`)
    .join('\n  union all ');
}
