import { describe, expect, it } from 'vitest';
import { reasonWords, scoreWords, shareWords } from './match-words.ts';
import { ruleSentence } from './rule-words.ts';
import { lastChangedWords } from './sources/delivery-words.ts';

const share = (records: number, percent: number | null) => ({ records, percent });

describe('what a page says of matches', () => {
  it.each([
    [9640, 98.95, '99 % matched'],
    [5511, 87.14, '87.1 % matched'],
    [3, 0.02, 'under 0.1 % matched'],
    [9999, 99.99, 'over 99.9 % matched'],
    [10, 100, '100 % matched'],
    [0, null, '0 records matched'],
  ])('%d records, %d percent', (records, percent, words) => {
    const none = share(0, 0);
    const counts = {
      matched: share(records, percent),
      doubtful: none,
      unmatched: none,
      conflict: none,
      waiting: 0,
    };
    expect(shareWords('matched', counts)).toBe(words);
  });

  it('gives the reason as a sentence, also one that it does not know', () => {
    expect(reasonWords('ids-disagree')).toBe('Its ids belong to different movies.');
    expect(reasonWords('new-reason')).toBe('New-reason.');
    expect(reasonWords(null)).toBe('');
  });

  it('says of how many records the states of a delivery are', () => {
    const none = share(0, 0);
    const matches = {
      matched: share(7, 38.9),
      doubtful: none,
      unmatched: share(11, 61.1),
      conflict: none,
      waiting: 0,
    };
    expect(lastChangedWords({ records: 9742, matches })).toBe(
      '18 records that no later delivery changed:',
    );
    expect(lastChangedWords({ records: 18, matches })).toBe('');
    expect(lastChangedWords({ records: 18, matches: null })).toBe('');
  });

  it('says what speaks for a pair and against it, the strongest first', () => {
    const part = (value: number | boolean | null, bits: number) => ({ value, bits });
    expect(
      scoreWords({
        date: part(null, 0),
        name: { kind: 'exact', similarity: 1, bits: 9.5 },
        year: part(2, -1.75),
        runtime: part(1, 2.5),
        genres: part(4, 0.5),
        director: part(false, -4),
      }),
    ).toBe(
      'same name (+9.5), another director (−4), running times 1 minute apart (+2.5), 2 years apart (−1.75), 4 common genres (+0.5)',
    );
    expect(
      scoreWords({
        name: { kind: 'near', similarity: 0.876, bits: 3.28 },
        type: part(null, -5),
        year: part(0, 3),
        votes: part(1234, 0.319),
        later: part(7, 0.1),
      }),
    ).toBe(
      'type not known (−5), names 88 % alike (+3.28), same year (+3), 1,234 votes (+0.319), later: 7 (+0.1)',
    );
  });
});

describe('what a page says of a rule', () => {
  const nameOf = (id: string) => (id === 'imdb' ? 'IMDb' : id);

  it('names the sources in their order, and whether empty counts', () => {
    expect(
      ruleSentence({ kind: 'priority', sources: ['imdb', 'nfo'], emptyCounts: true }, nameOf),
    ).toBe(
      'The first source that has it: IMDb, nfo, then the others. One that has it as empty counts too.',
    );
  });

  it('says how a mean is weighted', () => {
    expect(
      ruleSentence(
        { kind: 'weighted-mean', cap: 100_000, weights: { imdb: 2 }, of: ['audience', 'critics'] },
        nameOf,
      ),
    ).toBe(
      'The mean of all ratings by audience and critics, weighted by votes, of which at most 100,000 count. Weights: IMDb 2; of others 1.',
    );
  });
});
