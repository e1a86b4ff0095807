import type { RunChange, RunChanges } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { changeCounts, changeFacts, differenceOf } from './change-words.ts';

describe('a changed row', () => {
  it('has the changed fields with their old and new values, in words', () => {
    expect(
      differenceOf(
        { tconst: 'tt0000001', averageRating: 5.6, numVotes: 1200, startYear: 1977 },
        { tconst: 'tt0000001', averageRating: 5.7, numVotes: 1210, startYear: 1978 },
      ),
    ).toBe('rating: 5.6 → 5.7, votes: 1,200 → 1,210, start year: 1977 → 1978');
  });

  it('compares lists by their elements', () => {
    expect(differenceOf({ genres: ['Drama'] }, { genres: ['Drama'] })).toBe('');
    expect(differenceOf({ genres: ['Drama'] }, { genres: ['Drama', 'War'] })).toBe(
      'genres: Drama → Drama, War',
    );
  });

  it('distinguishes no, 0 and empty texts from nothing', () => {
    expect(
      differenceOf(
        { isAdult: false, numVotes: 0, job: '', endYear: null },
        { isAdult: null, numVotes: null, job: null, endYear: 1981 },
      ),
    ).toBe('adult: no → –, votes: 0 → –, job:  → –, end year: – → 1981');
  });

  const change = (more: Partial<RunChange>): RunChange => ({
    dataset: 'title.ratings',
    kind: 'insert',
    id: 'tt0000001',
    ordering: null,
    before: null,
    after: null,
    name: null,
    titleType: null,
    startYear: null,
    episodeOf: null,
    person: null,
    ...more,
  });

  it.each<[string, Partial<RunChange>]>([
    ['7.1, 1,200 votes', { after: { averageRating: 7.1, numVotes: 1200 } }],
    ['7.0, 3 votes', { kind: 'delete', before: { averageRating: '7.0', numVotes: 3 } }],
    ['Der Winter', { dataset: 'title.akas', after: { title: 'Der Winter' } }],
    [
      'Writer · novel',
      { dataset: 'title.principals', after: { category: 'writer', job: 'novel' } },
    ],
    ['', { dataset: 'title.basics', after: { tconst: 'tt0000001' } }],
    ['', {}],
  ])('says %j of what was added or removed', (text, given) => {
    expect(changeFacts(change(given))).toBe(text);
  });
});

it('counts what a run has changed in a dataset', () => {
  const dataset: RunChanges['datasets'][number] = {
    dataset: 'title.ratings',
    isReload: false,
    added: 120,
    changed: 4031,
    removed: 0,
    rows: 1_500_000,
    isKept: true,
  };
  expect(changeCounts(dataset)).toBe('120 added, 4,031 changed');
  expect(changeCounts({ ...dataset, added: 0, changed: 0 })).toBe('nothing changed');
  expect(
    changeCounts({ ...dataset, isReload: true, added: null, changed: null, removed: null }),
  ).toBe('all 1,500,000 rows loaded anew');
});
