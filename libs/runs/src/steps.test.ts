import { expect, it } from 'vitest';
import { speedOf } from './steps.ts';

const progress = { bytesDone: 400, bytesTotal: 1000, rowsDone: 40 };

it('has the rates and the remaining time of a running step', () => {
  expect(speedOf(progress, 1000, 5000, true)).toEqual({
    bytesPerSecond: 100,
    rowsPerSecond: 10,
    secondsLeft: 6,
  });
});

it('has no remaining time where it is unknown or the step has ended', () => {
  expect(speedOf({ ...progress, bytesTotal: null }, 1000, 5000, true).secondsLeft).toBeNull();
  expect(speedOf({ ...progress, bytesDone: 0 }, 1000, 5000, true).secondsLeft).toBeNull();
  expect(speedOf(progress, 1000, 5000, false).secondsLeft).toBeNull();
  expect(speedOf(progress, null, 5000, true)).toEqual({
    bytesPerSecond: null,
    rowsPerSecond: null,
    secondsLeft: null,
  });
});
