import type { MatchCounts, RecordMatch } from '@marquee/contract';
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

/** A part of a score in words, such as `title 100 %` or `year: 1 apart`. */
export function partWords([name, value]: readonly [string, unknown]): string {
  const label = labelOf(name).toLowerCase();
  if (typeof value === 'number')
    return value >= 0 && value <= 1 ? `${label} ${Math.round(value * 100)} %` : `${label} ${value}`;
  if (typeof value === 'boolean') return `${label}: ${value ? 'yes' : 'no'}`;
  if (value === null) return `${label} not known`;
  return `${label}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
