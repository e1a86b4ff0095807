import { expect, it } from 'vitest';
import { initialsOf } from './initials.ts';

it.each([
  ['The Long Winter', 'LW'],
  ['A Winter in Harbin', 'WH'],
  ['The', 'T'],
  ['Otter', 'O'],
  ['Episode #2022.5', 'E5'],
  ['Åsa Öberg', 'ÅÖ'],
  ["O'Neill", 'O'],
  ['大雪', '大'],
  ['𠮷野家', '𠮷'],
  ['…', '?'],
  [null, '?'],
])('of %j are %s', (text, initials) => {
  expect(initialsOf(text)).toBe(initials);
});
