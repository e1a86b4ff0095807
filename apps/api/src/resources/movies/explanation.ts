import {
  MERGED_FIELDS,
  type FieldExplanation,
  type FieldProvenance,
  type MergedField,
  type Movie,
  type MovieExplanation,
  type Provenance,
} from '@marquee/contract';

/** Which of the values each rule chooses. */
const REASONS: Readonly<Record<string, string>> = {
  priority: 'the first in the order of sources',
  newest: 'that of the newest delivery',
  'most-complete': 'the most complete one',
  'most-votes': 'that of the record with the most votes',
  union: 'all values together',
  'weighted-mean': 'the mean of all, weighted by votes',
};

/** The longest value in a sentence, in characters; longer ones are cut. */
const MAX_VALUE = 120;

/** Explains each field of a movie that has a value, or an empty one of a lock. */
export function explain(movie: Movie, provenance: Provenance): MovieExplanation {
  const { id, title, year, sources, version } = movie;
  const fields = MERGED_FIELDS.flatMap((field): FieldExplanation[] => {
    const from = provenance[field];
    if (from === undefined) return [];
    return [{ ...from, field, value: movie[field], text: sentenceOf(field, movie[field], from) }];
  });
  return { id, title, year, sources, version, fields };
}

/** An explanation for people: a field a line. */
export function explanationText({ id, title, year, fields }: MovieExplanation): string {
  const name = [title ?? 'without a title', ...(year === null ? [] : [`(${year})`])].join(' ');
  return [`${id} ${name}`, ...fields.map(({ text }) => text), ''].join('\n');
}

function sentenceOf(field: MergedField, value: unknown, provenance: FieldProvenance): string {
  const { rule, at, from, by, lost } = provenance;
  const day = at.slice(0, 10);
  const origin =
    rule === 'lock'
      ? `locked by ${by ?? 'somebody'} since ${day}`
      : `by the rule ${rule} (${REASONS[rule] ?? 'as it says'}), from ${from.map(recordOf).join(' and ')} since ${day}`;
  const others = lost.map((one) => `${one.source} ${one.record} has ${shown(one.value)}`);
  return `${field}: ${shown(value)}, ${origin}.${others.length === 0 ? '' : ` Not chosen: ${others.join('; ')}.`}`;
}

/** IMDb's run is not named: all of its titles come from the last one. */
function recordOf({ source, record, delivery }: FieldProvenance['from'][number]): string {
  const of = source === 'imdb' || delivery === null ? '' : ` (delivery ${delivery})`;
  return `${source} ${record}${of}`;
}

/** A value in a sentence; a long one is cut. */
function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** What tells amounts, ratings, people and companies apart. */
interface Fact {
  readonly amount?: number;
  readonly currency?: string;
  readonly name?: string;
  readonly source?: string;
  readonly value?: number | null;
  readonly scale?: { readonly max: number };
  readonly votes?: number | null;
  readonly voices?: number;
}

/**
 * A text or number as it is, lists with commas; of objects the names of people and companies,
 * amounts and ratings as people write them, and other facts each after its name.
 */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value))
    return value.length === 0 ? 'empty' : value.map((one) => textOf(one)).join(', ');
  if (typeof value !== 'object') return typeof value === 'string' ? value : JSON.stringify(value);
  const fact: Fact = value;
  if (fact.amount !== undefined)
    return `${fact.amount.toLocaleString('en')} ${fact.currency ?? ''}`;
  if (fact.value !== undefined) return ratingText(fact);
  if (fact.name !== undefined) return fact.name;
  const known = Object.entries(fact).filter(([, one]) => one !== null);
  return known.length === 0
    ? 'empty'
    : known.map(([name, one]) => `${name} ${textOf(one)}`).join(', ');
}

/** A rating such as `movielens stars 4.1 of 5 (votes: 215)`, or a combined one. */
function ratingText({ source, name, value, scale, votes, voices }: Fact): string {
  return [
    source,
    name === source ? undefined : name,
    value,
    scale && `of ${scale.max}`,
    typeof votes === 'number' && `(votes: ${votes.toLocaleString('en')})`,
    voices !== undefined && `(voices: ${voices})`,
  ]
    .filter((part) => part !== undefined && part !== false)
    .join(' ');
}
