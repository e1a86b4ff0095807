import {
  MERGED_FIELDS,
  type FieldExplanation,
  type FieldProvenance,
  type MergedField,
  type Movie,
  type MovieExplanation,
  type Provenance,
} from '@marquee/contract';

/** Why each rule chooses a value, and what it did to the others. */
const REASONS: Readonly<Record<string, string>> = {
  priority: 'which comes first among the sources that have it',
  newest: 'whose delivery is the newest',
  'most-complete': 'whose value is the most complete',
  'most-votes': 'whose record has the most votes',
  union: 'as all values are united',
  'weighted-mean': 'as the mean of all, weighted by votes',
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
      : `from ${from.map(voiceOf).join(' and ')} since ${day}, by the rule ${rule}, ${REASONS[rule] ?? 'as it says'}`;
  const others = lost.map((one) => `${one.source} ${one.record} has ${shown(one.value)}`);
  return `${field}: ${shown(value)}, ${origin}.${others.length === 0 ? '' : ` Not chosen: ${others.join('; ')}.`}`;
}

function voiceOf({ source, record, delivery }: FieldProvenance['from'][number]): string {
  const what = source === 'imdb' ? 'run' : 'delivery';
  return `${source} ${record}${delivery === null ? '' : ` (${what} ${delivery})`}`;
}

/** A value in a sentence: a text or number as it is, lists with commas, objects as JSON. */
function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value))
    return value.length === 0 ? 'empty' : value.map((one) => textOf(one)).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
