import { expect, it } from 'vitest';
import { SharedLook } from './shared-look.ts';

it('looks once for all who ask at once, and again when the answer is old', async () => {
  let looks = 0;
  const look = new SharedLook(async () => Promise.resolve(++looks), { keepMs: 0, limitMs: 1000 });
  expect(await Promise.all([look.ask(), look.ask(), look.ask()])).toEqual([1, 1, 1]);
  expect(await look.ask()).toBe(2);
  const kept = new SharedLook(async () => Promise.resolve(++looks), {
    keepMs: 60_000,
    limitMs: 1000,
  });
  expect([await kept.ask(), await kept.ask()]).toEqual([3, 3]);
});

it('lets nobody wait longer than the limit, and looks no more while there is no answer', async () => {
  let looks = 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  const look = new SharedLook(
    async () => {
      looks++;
      return promise;
    },
    { keepMs: 0, limitMs: 20 },
  );
  for (let i = 0; i < 3; i++) await expect(look.ask()).rejects.toThrow('no answer within 20 ms');
  expect(looks).toBe(1);
  resolve('there');
  expect(await look.ask()).toBe('there');
});

it('keeps no failure', async () => {
  let looks = 0;
  const look = new SharedLook(
    async () => (++looks === 1 ? Promise.reject(new Error('away')) : Promise.resolve('there')),
    { keepMs: 60_000, limitMs: 1000 },
  );
  await expect(look.ask()).rejects.toThrow('away');
  expect(await look.ask()).toBe('there');
});
