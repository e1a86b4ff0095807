import { expect, it } from 'vitest';
import { OftenAsked } from './often-asked.ts';

it('names what is asked for often, the same each time, and nothing else', () => {
  const often = new OftenAsked();
  const asked = Array.from({ length: 20 }, () => often.nameOf('select 1'));
  expect(asked.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => null));
  expect(new Set(asked.slice(8))).toEqual(new Set(['often asked 1']));
  expect(often.nameOf('select 2')).toBeNull();
});

it('names so many and no more, whatever is asked for', () => {
  const often = new OftenAsked();
  const names = Array.from({ length: 10 }, () => Array.from({ length: 500 }, (_, i) => often.nameOf(`select ${i}`))).flat();
  expect(new Set(names.filter((name) => name !== null)).size).toBe(64);
});
