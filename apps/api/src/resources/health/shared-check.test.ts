import { expect, it } from 'vitest';
import { SharedCheck } from './shared-check.ts';

it('runs one check for concurrent callers, and another when the result is old', async () => {
  let checks = 0;
  const count = async () => Promise.resolve(++checks);
  const check = new SharedCheck(count, { keepMs: 0, limitMs: 1000 });
  expect(await Promise.all([check.run(), check.run(), check.run()])).toEqual([1, 1, 1]);
  expect(await check.run()).toBe(2);
  const kept = new SharedCheck(count, { keepMs: 60_000, limitMs: 1000 });
  expect([await kept.run(), await kept.run()]).toEqual([3, 3]);
});

it('lets no caller wait longer than the limit, and starts no second check meanwhile', async () => {
  let checks = 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  const check = new SharedCheck(
    async () => {
      checks++;
      return promise;
    },
    { keepMs: 0, limitMs: 20 },
  );
  for (let i = 0; i < 3; i++) await expect(check.run()).rejects.toThrow('no answer within 20 ms');
  expect(checks).toBe(1);
  resolve('there');
  expect(await check.run()).toBe('there');
});

it('does not keep a failure', async () => {
  let checks = 0;
  const check = new SharedCheck(
    async () => (++checks === 1 ? Promise.reject(new Error('away')) : Promise.resolve('there')),
    { keepMs: 60_000, limitMs: 1000 },
  );
  await expect(check.run()).rejects.toThrow('away');
  expect(await check.run()).toBe('there');
});
