import { expect, it } from 'vitest';
import { comparedFacts } from './differences.ts';

const RECORD = {
  title: 'Comète, La',
  originalTitle: null,
  year: 1999,
  type: null,
  runtimeMinutes: 104,
  directors: ['Zoë Example'],
};

it('marks what differs: not what is missing, nor another case, accent or place of the article', () => {
  const candidate = {
    title: 'La comete',
    originalTitle: 'Komet',
    year: 2001,
    type: 'movie',
    runtimeMinutes: null,
    directors: ['Zoe Example'],
  };
  expect(comparedFacts(candidate, RECORD)).toEqual([
    { label: 'Title', text: 'La comete', isDifferent: false },
    { label: 'Original title', text: 'Komet', isDifferent: false },
    { label: 'Year', text: '2001', isDifferent: true },
    { label: 'Type', text: 'Film', isDifferent: false },
    { label: 'Running time', text: '–', isDifferent: false },
    { label: 'Director', text: 'Zoe Example', isDifferent: false },
  ]);
});

it('tells a film from its sequel', () => {
  const [title] = comparedFacts({ ...RECORD, title: 'Winter 2' }, { ...RECORD, title: 'Winter 3' });
  expect(title?.isDifferent).toBe(true);
});
