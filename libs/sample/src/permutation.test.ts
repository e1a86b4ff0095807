import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashRandom } from './hash-random.ts';
import { IdSpace } from './id-space.ts';
import { Permutation } from './permutation.ts';

describe('a permutation', () => {
  it('maps every number to a different position and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (size, seed) => {
        const permutation = new Permutation(size, new HashRandom(seed), 1);
        const places = Array.from({ length: size }, (_, i) => permutation.at(i));
        expect(new Set(places).size).toBe(size);
        expect(Math.max(...places)).toBe(size - 1);
        expect(places.map((place) => permutation.indexOf(place))).toEqual(
          Array.from({ length: size }, (_, i) => i),
        );
      }),
    );
  });

  it('maps numbers back at the size of the official files', () => {
    const permutation = new Permutation(21_000_003, new HashRandom(5), 2);
    for (let i = 0; i < 21_000_003; i += 99_991)
      expect(permutation.indexOf(permutation.at(i))).toBe(i);
  });
});

describe('an id space', () => {
  it('lists every member once, in text order of the ids', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 3000 }),
        fc.integer({ min: 1, max: 900 }),
        fc.nat(),
        (founding, later, seed) => {
          const ids = new IdSpace(new HashRandom(seed), founding, later, 'tt');
          const groups = [...ids.prefixGroups()];
          const members = groups.flat();
          expect(members.toSorted((a, b) => a - b)).toEqual(
            Array.from({ length: founding + later }, (_, i) => i),
          );
          const texts = members.map((member) => String(ids.numberOf(member)).padStart(7, '0'));
          expect(texts).toEqual([...new Set(texts)].sort());
          // a group has exactly the ids that share seven digits
          const shared = groups.map((group) =>
            group.map((member) => String(ids.numberOf(member)).padStart(7, '0').slice(0, 7)),
          );
          expect(shared.every((digits) => new Set(digits).size === 1)).toBe(true);
          expect(new Set(shared.flat()).size).toBe(groups.length);
          // the first new member sorts after all of day 0
          expect(members.at(-1)).toBe(founding);
        },
      ),
    );
  });
});
