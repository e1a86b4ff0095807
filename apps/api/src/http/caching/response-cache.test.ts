import { expect, it } from 'vitest';
import { ResponseCache } from './response-cache.ts';

const response = (letter: string, length: number) => ({
  body: letter.repeat(length),
  type: 'application/json',
});

it('keeps the most recently used responses that fit into its memory', () => {
  const cache = new ResponseCache(100_000);
  for (const etag of ['a', 'b', 'c', 'd']) cache.set(etag, response(etag, 12_000));
  expect(cache.get('a')).toEqual(response('a', 12_000));
  cache.set('e', response('e', 12_000));
  // the least recently used one is gone
  expect(['a', 'b', 'c', 'd', 'e'].filter((etag) => cache.get(etag) !== undefined)).toEqual([
    'a',
    'c',
    'd',
    'e',
  ]);
  cache.set('a', response('x', 48_000));
  expect(['a', 'b', 'c', 'd', 'e'].filter((etag) => cache.get(etag) !== undefined)).toEqual(['a']);
});

it('does not evict everything for one large response, and caches nothing without memory', () => {
  const cache = new ResponseCache(10_000_000);
  cache.set('small', response('s', 100));
  cache.set('large', response('l', 200_000));
  expect(cache.get('small')).toBeDefined();
  expect(cache.get('large')).toBeUndefined();
  const none = new ResponseCache(0);
  none.set('small', response('s', 100));
  expect(none.get('small')).toBeUndefined();
});
