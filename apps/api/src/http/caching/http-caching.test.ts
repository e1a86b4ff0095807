import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextDue } from './http-caching.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

it('has no next due time while a scheduled update may still be waiting for its jitter to pass', () => {
  const due = nextDue({
    UPDATE_SCHEDULE: '30 6 * * *',
    UPDATE_TIME_ZONE: 'UTC',
    UPDATE_JITTER_SECONDS: 600,
  });
  const at = (time: string) => {
    vi.setSystemTime(Date.parse(time));
    return due();
  };
  const today = Date.parse('2026-11-29T06:30:00Z');
  const tomorrow = Date.parse('2026-11-30T06:30:00Z');
  expect(
    [
      '2026-11-29T05:00:00Z',
      '2026-11-29T06:29:59Z',
      '2026-11-29T06:30:00Z',
      '2026-11-29T06:39:59Z',
      '2026-11-29T06:40:00Z',
    ].map(at),
  ).toEqual([today, today, 0, 0, tomorrow]);
  expect(
    nextDue({ UPDATE_SCHEDULE: undefined, UPDATE_TIME_ZONE: 'UTC', UPDATE_JITTER_SECONDS: 600 })(),
  ).toBe(0);
});
