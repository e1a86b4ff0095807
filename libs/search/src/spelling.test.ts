import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allowedEdits, editsBetween, spellingKeys } from './spelling.ts';

it.each([
  ['harbor', 'harbour', 1],
  ['harbor', 'habror', 1],
  ['harbor', 'harxor', 1],
  ['thunderstone', 'thunderstoen', 1],
  ['chronicles', 'cronikles', 2],
  ['glass', 'glass', 0],
  ['glass', 'brass', 2],
  ['glass', 'lantern', Infinity],
])('%s and %s are %d edits apart', (from, to, edits) => {
  expect(editsBetween(from, to, 2)).toBe(edits);
  expect(editsBetween(to, from, 2)).toBe(edits);
});

it.each(['ob', '1984', 'c3po', 'x'.repeat(41)])('does not correct %s', (word) => {
  expect(allowedEdits(word)).toBe(0);
  expect(spellingKeys(word)).toEqual([]);
});

it('gives words that are one edit apart a key in common', () => {
  const words = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'я'),
    minLength: 4,
    maxLength: 12,
  });
  fc.assert(
    fc.property(
      words,
      fc.nat(),
      fc.constantFrom('leave out', 'put in', 'replace', 'change over'),
      (word, place, how) => {
        const at = place % (word.length - 1);
        const parts = {
          'leave out': ['', 1],
          'put in': ['z', 0],
          replace: ['z', 1],
          'change over': [`${word[at + 1] ?? ''}${word[at] ?? ''}`, 2],
        } as const;
        const [put, taken] = parts[how];
        const wrong = word.slice(0, at) + put + word.slice(at + taken);
        expect(editsBetween(word, wrong, 1)).toBeLessThanOrEqual(1);
        expect(spellingKeys(word).some((key) => spellingKeys(wrong).includes(key))).toBe(true);
      },
    ),
  );
});
