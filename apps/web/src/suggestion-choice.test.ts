import { expect, it } from 'vitest';
import { nextChoice } from './suggestion-choice.ts';

const TEXT = -1;

it('moves down from the text through all suggestions and back to the text', () => {
  expect([TEXT, 0, 1, 2].map((now) => nextChoice(now, 1, 3))).toEqual([0, 1, 2, TEXT]);
});

it('moves up from the text to the last suggestion and back to the text', () => {
  expect([TEXT, 2, 1, 0].map((now) => nextChoice(now, -1, 3))).toEqual([2, 1, 0, TEXT]);
});

it('stays at the text without suggestions', () => {
  expect([nextChoice(TEXT, 1, 0), nextChoice(TEXT, -1, 0)]).toEqual([TEXT, TEXT]);
});

it('moves to an existing suggestion after the list got shorter', () => {
  for (const step of [1, -1] as const) {
    const next = nextChoice(7, step, 2);
    expect(next).toBeGreaterThanOrEqual(TEXT);
    expect(next).toBeLessThan(2);
  }
});
