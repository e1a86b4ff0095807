import { expect, it } from 'vitest';
import { ResponseCache } from './response-cache.ts';

const answer = (letter: string, length: number) => ({
  body: letter.repeat(length),
  type: 'application/json',
});

it('keeps the answers that were last asked for, in the memory that there is', () => {
  const answers = new ResponseCache(100_000);
  for (const mark of ['a', 'b', 'c', 'd']) answers.keep(mark, answer(mark, 12_000));
  expect(answers.get('a')).toEqual(answer('a', 12_000));
  answers.keep('e', answer('e', 12_000));
  // the one that was asked for longest ago has gone
  expect(['a', 'b', 'c', 'd', 'e'].filter((mark) => answers.get(mark) !== undefined)).toEqual([
    'a',
    'c',
    'd',
    'e',
  ]);
  answers.keep('a', answer('x', 48_000));
  expect(['a', 'b', 'c', 'd', 'e'].filter((mark) => answers.get(mark) !== undefined)).toEqual([
    'a',
  ]);
});

it('does not let one large answer drive out all others, and keeps none where it may not', () => {
  const answers = new ResponseCache(10_000_000);
  answers.keep('small', answer('s', 100));
  answers.keep('large', answer('l', 200_000));
  expect(answers.get('small')).toBeDefined();
  expect(answers.get('large')).toBeUndefined();
  const none = new ResponseCache(0);
  none.keep('small', answer('s', 100));
  expect(none.get('small')).toBeUndefined();
});
