import { isDeepStrictEqual } from 'node:util';
import {
  C_RATING_PARTS,
  MERGED_FIELDS,
  Movie,
  type FieldProvenance,
  type MergedField,
  type MergeRule,
  type MergeRules,
  type Provenance,
} from '@marquee/contract';
import { rank, type Candidate, type ChoosingRule } from './choose.ts';
import { combinedRating, weightedMean, type WeightedMean } from './ratings.ts';
import { DEFAULT_RULES } from './rules.ts';
import {
  isListField,
  uniteCRatings,
  uniteIds,
  uniteLists,
  uniteRatings,
  type ListField,
} from './unite.ts';
import {
  compareRecords,
  IMDB,
  isEmpty,
  type RecordedField,
  type MovieRecord,
} from './movie-record.ts';

/** A value that a person has set for a field of a movie. */
export interface Lock {
  readonly field: MergedField;
  /** Null sets the field to empty. */
  readonly value: unknown;
  /** Time by ISO 8601 in UTC. */
  readonly at: string;
  readonly by: string;
}

export interface MergedMovie {
  /** With version 0 and without a time: who stores it knows them. */
  readonly movie: Movie;
  readonly provenance: Provenance;
}

/** The value of a field, with the records that it is made from, and those that lost. */
interface Choice {
  readonly value: unknown;
  readonly from: readonly MovieRecord[];
  readonly lost: readonly Candidate[];
}

/**
 * Merges all records of a movie. The same for any order of the records and locks.
 *
 * @param id of the movie
 * @throws ZodError when the value of a lock is not one that its field can have
 */
export function mergeMovie(
  id: string,
  records: readonly MovieRecord[],
  rules: MergeRules,
  locks: readonly Lock[],
): MergedMovie {
  const ordered = records.toSorted(compareRecords);
  const values: Partial<Record<MergedField, unknown>> = {};
  const provenance: Provenance = {};
  // in the order of MERGED_FIELDS, where the combined rating follows the ratings
  for (const field of MERGED_FIELDS) {
    const lock = locks.find((one) => one.field === field);
    if (lock === undefined) {
      const choice = choose(field, ordered, rules[field], values);
      values[field] = choice.value;
      if (choice.from.length > 0) provenance[field] = provenanceOf(rules[field], choice);
    } else {
      values[field] = lock.value === null ? emptyOf(field) : Movie.shape[field].parse(lock.value);
      provenance[field] = provenanceOfLock(lock, field, ordered);
    }
  }
  const movie = {
    id,
    imdb: ordered.some(({ source, record }) => source === IMDB && record === id) ? id : null,
    ...values,
    sources: [...new Set(ordered.map(({ source }) => source))],
    version: 0,
    updatedAt: null,
  };
  // each field has been chosen above
  return { movie: movie as unknown as Movie, provenance };
}

/** The movie of one record alone, such as of IMDb: in the same shape, with version 0. */
export function movieOfOne(id: string, record: MovieRecord, rules = DEFAULT_RULES): MergedMovie {
  return mergeMovie(id, [record], rules, []);
}

/** @param chosen the values of the fields before it */
function choose(
  field: MergedField,
  records: readonly MovieRecord[],
  rule: MergeRule,
  chosen: Partial<Record<MergedField, unknown>>,
): Choice {
  switch (rule.kind) {
    case 'union':
      // the combined rating has a rule of another kind: see ruleKindsOf
      return choiceOf(united(field, records, rule.limit), field as RecordedField, records);
    case 'weighted-mean':
      return field === 'cRatings'
        ? choiceOf(cRatingsOf(records, rule), field, records)
        : choiceOf(combinedRating(chosen.ratings as Movie['ratings'], rule), 'ratings', records);
    default:
      return chooseOne(field as RecordedField, records, rule);
  }
}

/** A value that all records that have the field have made. */
function choiceOf(value: unknown, field: RecordedField, records: readonly MovieRecord[]): Choice {
  const from = isEmpty(value) ? [] : records.filter(({ content }) => !isEmpty(content[field]));
  return { value, from, lost: [] };
}

function united(field: MergedField, records: readonly MovieRecord[], limit?: number): unknown {
  if (field === 'ids') return uniteIds(records);
  if (field === 'ratings') return uniteRatings(records);
  return uniteLists(field as ListField, records, limit);
}

function cRatingsOf(records: readonly MovieRecord[], rule: WeightedMean): Movie['cRatings'] {
  const means = C_RATING_PARTS.map((part) => {
    const mean = weightedMean(uniteCRatings(records, part), rule);
    return [part, mean && { value: mean.value, voices: mean.votes }];
  });
  return Object.fromEntries(means) as Movie['cRatings'];
}

function chooseOne(
  field: RecordedField,
  records: readonly MovieRecord[],
  rule: ChoosingRule,
): Choice {
  const [best, ...others] = rank(field, records, rule);
  if (best === undefined) return { value: emptyOf(field), from: [], lost: [] };
  const value = isListField(field) ? uniteLists(field, [best.record]) : best.value;
  const agrees = (other: Candidate) => isDeepStrictEqual(other.value, best.value);
  return {
    value: isEmpty(value) ? emptyOf(field) : value,
    from: [best, ...others.filter(agrees)].map(({ record }) => record),
    lost: others.filter((other) => !agrees(other)),
  };
}

/** A field without a value. */
function emptyOf(field: MergedField): unknown {
  if (field === 'cRatings') return Object.fromEntries(C_RATING_PARTS.map((part) => [part, null]));
  if (field === 'ids') return {};
  return field === 'ratings' || isListField(field) ? [] : null;
}

function provenanceOf(rule: MergeRule, { from, lost }: Choice): FieldProvenance {
  const times = from.map(({ at }) => at).toSorted();
  return {
    rule: rule.kind,
    at: times.at(-1) ?? '',
    from: from.map(({ source, record, delivery }) => ({ source, record, delivery })),
    by: null,
    lost: lost.map(lostOf),
  };
}

function provenanceOfLock(
  { at, by }: Lock,
  field: MergedField,
  records: readonly MovieRecord[],
): FieldProvenance {
  const candidates =
    field === 'rating' ? [] : records.map((record) => ({ record, value: record.content[field] }));
  return {
    rule: 'lock',
    at,
    from: [],
    by,
    lost: candidates.filter(({ value }) => !isEmpty(value)).map(lostOf),
  };
}

function lostOf({ record, value }: Candidate): FieldProvenance['lost'][number] {
  return { source: record.source, record: record.record, value };
}
