import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TitleWeights } from './title-weights.ts';

describe('TitleWeights', () => {
  it('holds the same as a Map', () => {
    const id = fc
      .integer({ min: 0, max: 9_999_999_999 })
      .map((n) => `tt${String(n).padStart(7, '0')}`);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(id, fc.nat(65_535)), { maxLength: 3000 }),
        fc.array(id),
        (pairs, others) => {
          const known = new Map(pairs);
          const weights = new TitleWeights();
          for (const [title, weight] of pairs) weights.set(title, weight);
          for (const title of [...known.keys(), ...others])
            expect(weights.get(title)).toBe(known.get(title));
        },
      ),
    );
  });
});
