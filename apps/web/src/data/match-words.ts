import type { MatchCounts, RecordMatch, ScorePart } from '@marquee/contract';
import { labelOf, quantity } from '../format.ts';

/** States of records with their labels, in the order of bars and legends. */
export const STATE_LABELS = {
  matched: 'matched',
  doubtful: 'doubtful',
  conflict: 'in conflict',
  unmatched: 'unmatched',
} as const satisfies Record<RecordMatch['state'], string>;

/** The states in their order. */
export const STATES = Object.keys(STATE_LABELS) as (keyof typeof STATE_LABELS)[];

const REASONS: Readonly<Record<string, string>> = {
  'no-title': 'The record has no title.',
  'no-candidate': 'No movie is like it.',
  'low-score': 'The best candidate differs too much.',
  ambiguous: 'Several candidates are about as likely.',
  taken: 'Its movie has a better record of this source.',
  'ids-disagree': 'Its ids belong to different movies.',
  decided: 'Somebody has decided so.',
};

/** Why a record is not matched, as a sentence; empty for none. */
export function reasonWords(reason: string | null): string {
  return reason === null ? '' : (REASONS[reason] ?? `${labelOf(reason)}.`);
}

const METHODS: Readonly<Record<RecordMatch['method'], string>> = {
  id: 'by its id',
  title: 'by its title',
  person: 'by its people',
  decision: 'by a decision',
  own: 'a movie of its own',
};

/** How the movie of a record was found. */
export function methodWords(method: RecordMatch['method']): string {
  return METHODS[method];
}

/** The share of a state in words, such as `98.9 % matched`. */
export function shareWords(state: keyof typeof STATE_LABELS, counts: MatchCounts): string {
  const { percent, records } = counts[state];
  return percent === null
    ? `${quantity(records, 'record')} ${STATE_LABELS[state]}`
    : `${percentText(percent, records)} ${STATE_LABELS[state]}`;
}

/** A percentage with one decimal; a few of many are not 0. */
function percentText(percent: number, records: number): string {
  if (records > 0 && percent < 0.1) return 'under 0.1 %';
  if (percent > 99.9 && percent < 100) return 'over 99.9 %';
  return `${percent.toFixed(1).replace('.0', '')} %`;
}

/** The name parts of a score in words, by their kind; a near one says how near. */
const NAME_WORDS: Readonly<Record<string, string>> = {
  exact: 'same name',
  aka: 'same other name',
  part: 'part of the name',
  none: 'no name',
};

/** What agrees in a part, by its name and value. Other parts are shown as they are. */
const PART_WORDS: Readonly<Record<string, (value: number | boolean) => string>> = {
  year: (value) => (value === 0 ? 'same year' : `${quantity(Number(value), 'year')} apart`),
  date: (value) => (value === true ? 'same day' : 'another day'),
  type: (value) => (value === true ? 'same type' : 'another type'),
  runtime: (value) =>
    value === 0 ? 'same running time' : `running times ${quantity(Number(value), 'minute')} apart`,
  genres: (value) => (value === 0 ? 'no common genre' : quantity(Number(value), 'common genre')),
  director: (value) => (value === true ? 'same director' : 'another director'),
  votes: (value) => quantity(Number(value), 'vote'),
};

/**
 * The parts of a score in words, each with its bits of evidence, such as `same name (+9), 2 years
 * apart (−1.75)`. Parts that neither speak for nor against a pair are left out.
 */
export function scoreWords(parts: Readonly<Record<string, ScorePart>>): string {
  return Object.entries(parts)
    .filter(([, { bits }]) => bits !== 0)
    .toSorted(([, a], [, b]) => Math.abs(b.bits) - Math.abs(a.bits))
    .map(([name, part]) => {
      const sign = part.bits > 0 ? '+' : '−';
      return `${partWords(name, part)} (${sign}${Math.abs(part.bits)})`;
    })
    .join(', ');
}

function partWords(name: string, { kind, similarity, value }: ScorePart): string {
  if (kind !== undefined)
    return NAME_WORDS[kind] ?? `names ${Math.round((similarity ?? 0) * 100)} % alike`;
  if (value === null || value === undefined) return `${labelOf(name).toLowerCase()} not known`;
  return PART_WORDS[name]?.(value) ?? `${labelOf(name).toLowerCase()}: ${value}`;
}
