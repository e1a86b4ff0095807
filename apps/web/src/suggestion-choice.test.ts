import { expect, it } from 'vitest';
import { nextChoice } from './suggestion-choice.ts';

const TEXT = -1;

it('goes down from the text through all suggestions, and round to the text', () => {
  expect([TEXT, 0, 1, 2].map((now) => nextChoice(now, 1, 3))).toEqual([0, 1, 2, TEXT]);
});

it('goes up from the text to the last, and on to the text', () => {
  expect([TEXT, 2, 1, 0].map((now) => nextChoice(now, -1, 3))).toEqual([2, 1, 0, TEXT]);
});

it('stays at the text where nothing is suggested', () => {
  expect([nextChoice(TEXT, 1, 0), nextChoice(TEXT, -1, 0)]).toEqual([TEXT, TEXT]);
});

it('comes to a suggestion that is there when there were more before', () => {
  for (const step of [1, -1] as const) {
    const next = nextChoice(7, step, 2);
    expect(next).toBeGreaterThanOrEqual(TEXT);
    expect(next).toBeLessThan(2);
  }
});
