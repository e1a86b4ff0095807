import { expect, it } from 'vitest';
import { HotStatements } from './hot-statements.ts';

it('names what is asked for often, the same each time, and nothing else', () => {
  const often = new HotStatements();
  const asked = Array.from({ length: 40 }, () => often.nameOf('select 1'));
  expect(asked.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => null));
  expect(new Set(asked.slice(20))).toEqual(new Set(['often asked 1']));
  expect(often.nameOf('select 2')).toBeNull();
});

it('names so many and no more, whatever is asked for', () => {
  const often = new HotStatements();
  const names = Array.from({ length: 30 }, () =>
    Array.from({ length: 500 }, (_, i) => often.nameOf(`select ${i}`)),
  ).flat();
  expect(new Set(names.filter((name) => name !== null)).size).toBe(40);
});
