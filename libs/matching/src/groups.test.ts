import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupMembers, type Member, type Pair } from './groups.ts';

const member = (key: string, ids: Record<string, string> = {}): Member => ({
  key,
  source: key.slice(0, 1),
  ids,
});
const title = (a: string, b: string, bits: number): Pair => ({ a, b, method: 'title', bits });

function groupsOf(members: Member[], pairs: Pair[]): string[] {
  const { groupOf } = groupMembers(members, pairs);
  return [...Map.groupBy([...groupOf], ([, group]) => group).values()].map((group) =>
    group
      .map(([key]) => key)
      .sort()
      .join(' '),
  );
}

describe('groups', () => {
  it('have one record of each source, the best', () => {
    const members = ['a1', 'a2', 'b1'].map((key) => member(key));
    expect(groupsOf(members, [title('a1', 'b1', 9), title('a2', 'b1', 5)])).toEqual([
      'a1 b1',
      'a2',
    ]);
  });

  it('leave a record alone that has two partners nearly as good', () => {
    const members = ['a1', 'b1', 'b2'].map((key) => member(key));
    const { failures } = groupMembers(members, [title('a1', 'b1', 6), title('a1', 'b2', 5.5)]);
    expect(failures.get('a1')).toBe('ambiguous');
  });

  it('take the partner that is left, once the other has found its own', () => {
    const members = ['a1', 'a2', 'b1', 'b2'].map((key) => member(key));
    const pairs = [title('a1', 'b1', 6), title('a1', 'b2', 5.5), title('a2', 'b2', 9)];
    expect(groupsOf(members, pairs)).toEqual(['a1 b1', 'a2 b2']);
  });

  it('never hold ids that contradict each other, however alike the names are', () => {
    const members = [member('a1', { tmdb: '1' }), member('b1'), member('c1', { tmdb: '2' })];
    const pairs = [title('a1', 'b1', 9), title('b1', 'c1', 8), title('a1', 'c1', 9)];
    expect(groupsOf(members, pairs)).toEqual(['a1 b1', 'c1']);
  });

  it('depend on members and pairs, not on their order', () => {
    const keys = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'];
    const members = keys.map((key) => member(key, key === 'a1' || key === 'c2' ? { x: key } : {}));
    const pair = fc
      .tuple(fc.subarray(keys, { minLength: 2, maxLength: 2 }), fc.integer({ min: 0, max: 9 }))
      .map(([[a = '', b = ''], bits]) => title(a, b, bits));
    const pairs = fc.uniqueArray(pair, { selector: ({ a, b }) => a + b });
    const cases = pairs.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(cases, ([all, shuffled]) => {
        const { groupOf, failures } = groupMembers(members, all);
        const again = groupMembers(members.toReversed(), shuffled);
        expect(new Map(again.groupOf)).toEqual(new Map(groupOf));
        expect(new Map(again.failures)).toEqual(new Map(failures));
      }),
    );
  });
});
