import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { count, counted, duration, localTime } from './format.ts';

it('formats numbers with thousands separators, 0 too, and null as nothing', () => {
  expect([null, undefined, 0, 1, 999, 1000, 12_345_678].map(count)).toEqual([
    '',
    '',
    '0',
    '1',
    '999',
    '1,000',
    '12,345,678',
  ]);
});

it('counts one in the singular', () => {
  expect([0, 1, 2, 1210].map((value) => counted(value, 'vote'))).toEqual([
    '0 votes',
    '1 vote',
    '2 votes',
    '1,210 votes',
  ]);
  expect(counted(2, 'entry', 'entries')).toBe('2 entries');
});

it.each([
  // after the clock was set back
  [-5, '0.0 s'],
  [0, '0.0 s'],
  [4.24, '4.2 s'],
  [9.94, '9.9 s'],
  [10, '10 s'],
  [59.9, '59 s'],
  [60, '1 min 0 s'],
  [200, '3 min 20 s'],
  [3599.9, '59 min 59 s'],
  [3600, '1 h 0 min'],
  [18_600, '5 h 10 min'],
  [86_399, '23 h 59 min'],
  [86_400, '1 d 0 h'],
  [183_600, '2 d 3 h'],
  [86_400 * 400, '400 d 0 h'],
])('formats %d seconds as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

describe('a time', () => {
  it.each([
    ['UTC', '2026-08-15 06:15'],
    ['Asia/Kolkata', '2026-08-15 11:45'],
    // the day before
    ['Pacific/Honolulu', '2026-08-14 20:15'],
  ])('is in the time zone of the machine, %s', (zone, text) => {
    vi.stubEnv('TZ', zone);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(localTime('2026-08-15T06:15:59Z')).toBe(text);
  });

  it('is nothing for null', () => {
    expect(localTime(null)).toBe('');
  });
});
