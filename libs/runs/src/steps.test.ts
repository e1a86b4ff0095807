import { expect, it } from 'vitest';
import { speedOf } from './steps.ts';

const progress = { bytesDone: 400, bytesTotal: 1000, rowsDone: 40 };

it('tells rates and the time left of a step that goes on', () => {
  expect(speedOf(progress, 1000, 5000, true)).toEqual({
    bytesPerSecond: 100,
    rowsPerSecond: 10,
    secondsLeft: 6,
  });
});

it('tells no time left where there is none to tell', () => {
  expect(speedOf({ ...progress, bytesTotal: null }, 1000, 5000, true).secondsLeft).toBeNull();
  expect(speedOf({ ...progress, bytesDone: 0 }, 1000, 5000, true).secondsLeft).toBeNull();
  expect(speedOf(progress, 1000, 5000, false).secondsLeft).toBeNull();
  expect(speedOf(progress, null, 5000, true)).toEqual({
    bytesPerSecond: null,
    rowsPerSecond: null,
    secondsLeft: null,
  });
});
