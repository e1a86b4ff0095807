import { expect, it } from 'vitest';
import { HotStatements } from './hot-statements.ts';

it('names a hot statement, always the same, and no other', () => {
  const hot = new HotStatements();
  const asked = Array.from({ length: 40 }, () => hot.nameOf('select 1'));
  expect(asked.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => null));
  expect(new Set(asked.slice(20))).toEqual(new Set(['hot 1']));
  expect(hot.nameOf('select 2')).toBeNull();
});

it('names at most 40 statements', () => {
  const hot = new HotStatements();
  const names = Array.from({ length: 30 }, () =>
    Array.from({ length: 500 }, (_, i) => hot.nameOf(`select ${i}`)),
  ).flat();
  expect(new Set(names.filter((name) => name !== null)).size).toBe(40);
});
