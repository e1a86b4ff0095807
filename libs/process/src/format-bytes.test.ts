import { expect, it } from 'vitest';
import { formatBytes } from './format-bytes.ts';

it.each([
  [0, '0 kB'],
  [1, '1 kB'],
  [1001, '2 kB'],
  [999_000, '999 kB'],
  [1e6, '1.0 MB'],
  [1_250_000, '1.3 MB'],
  [999_900_000, '999.9 MB'],
  [1e9, '1.0 GB'],
  [38_400_000_000, '38.4 GB'],
  [5e12, '5000.0 GB'],
])('formats %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
