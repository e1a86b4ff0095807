import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { linesOf } from './lines.ts';

async function linesIn(...chunks: readonly (string | Buffer)[]): Promise<(string | null)[]> {
  return Array.fromAsync(linesOf(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), 10));
}

it('yields lines however the body is cut, without their ends', async () => {
  expect(await linesIn('a\r\nb', 'c\n', 'd')).toEqual(['a', 'bc', 'd']);
  const whole = Buffer.from('\ufeffé\nü\n');
  const bytes = [...whole].map((_, i) => whole.subarray(i, i + 1));
  expect(await linesIn(...bytes)).toEqual(['é', 'ü']);
});

it('keeps empty lines between others, and leaves those at the end out', async () => {
  expect(await linesIn('a\n\n\nb\n\n', '\n \n')).toEqual(['a', '', '', 'b']);
  expect(await linesIn()).toEqual([]);
});

it('keeps nothing of a line that is too long, and goes on after it', async () => {
  expect(await linesIn('a\n12345678', '90x', 'y\nb\n', '12345678901')).toEqual([
    'a',
    null,
    'b',
    null,
  ]);
});

it('reads no further than its lines are asked for', async () => {
  let read = 0;
  const body = Readable.from(
    (function* () {
      for (;;) yield Buffer.from(`${read++}\n`);
    })(),
    { highWaterMark: 1 },
  );
  const lines = linesOf(body, 10);
  expect((await lines.next()).value).toBe('0');
  await new Promise(setImmediate);
  expect(read).toBeLessThan(20);
  await lines.return();
  expect(body.destroyed).toBe(true);
});
