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

/** Words without case, accents and signs, in any order: an article may stand at the end. */
const comparable = (text: string) =>
  (
    text
      .normalize('NFKD')
      .replaceAll(/\p{M}+/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
    .toSorted()
    .join(' ');

/**
 * The facts that the record or a candidate has. What one of them lacks is no difference, nor is
 * another case, accent, sign or order of words.
 *
 * @param other what it is compared with; null marks nothing
 */
export function comparedFacts(facts: Facts, other: Facts | null): ComparedFact[] {
  return SHOWN.flatMap(([label, of]) => {
    const text = of(facts);
    const theirs = other === null ? '' : of(other);
    if (text === '' && theirs === '') return [];
    const isDifferent = text !== '' && theirs !== '' && comparable(text) !== comparable(theirs);
    return [{ label, text: text === '' ? '–' : text, isDifferent }];
  });
}
