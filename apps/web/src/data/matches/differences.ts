import type { MatchFacts } from '@marquee/contract';
import { labelOf, runtime } from '../../format.ts';

/** A fact of a movie: its label, its text, and whether it differs from the record's. */
export interface ComparedFact {
  readonly label: string;
  readonly text: string;
  readonly isDifferent: boolean;
}

type Facts = Omit<MatchFacts, 'poster'>;

const SHOWN: readonly (readonly [label: string, of: (facts: Facts) => string])[] = [
  ['Title', ({ title }) => title ?? ''],
  [
    'Original title',
    ({ title, originalTitle }) => (originalTitle === title ? '' : (originalTitle ?? '')),
  ],
  ['Year', ({ year }) => year?.toString() ?? ''],
  ['Type', ({ type }) => (type === null ? '' : labelOf(type))],
  ['Running time', ({ runtimeMinutes: minutes }) => (minutes === null ? '' : runtime(minutes))],
  ['Director', ({ directors }) => directors.join(', ')],
];

const folded = (text: string) =>
  text
    .normalize('NFKD')
    .replaceAll(/\P{L}+/gu, '')
    .toLowerCase();
/** Years keep their digits, which are what they are compared by. */
const comparable = (label: string, text: string) =>
  label === 'Year' || label === 'Running time' ? text : folded(text);

/**
 * The facts that the record or a candidate has. What one of them lacks is no difference, nor is
 * another case, accent or sign.
 *
 * @param other what it is compared with; null marks nothing
 */
export function comparedFacts(facts: Facts, other: Facts | null): ComparedFact[] {
  return SHOWN.flatMap(([label, of]) => {
    const text = of(facts);
    const theirs = other === null ? '' : of(other);
    if (text === '' && theirs === '') return [];
    const isDifferent =
      text !== '' && theirs !== '' && comparable(label, text) !== comparable(label, theirs);
    return [{ label, text: text === '' ? '–' : text, isDifferent }];
  });
}
