import { expect, it } from 'vitest';
import { articleFirst, articleForms } from './articles.ts';

it.each([
  ['Long Winter, The', 'The Long Winter'],
  ['Avventura, L’', 'L’Avventura'],
  ['Fjord, Et', 'Et Fjord'],
  ['live and let, spy', 'live and let, spy'],
  [', The', ', The'],
])('puts the article of a sorted title to the front: %s', (sorted, title) => {
  expect(articleFirst(sorted)).toBe(title);
});

it('finds a text with and without an English article', () => {
  expect(articleForms(['the long winter', 'comet', 'a'])).toEqual([
    ...['the long winter', 'long winter', 'comet', 'the comet', 'a', 'the a'],
  ]);
});
