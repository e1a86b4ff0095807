import { describe, expect, it } from 'vitest';
import { readableLine, readableLines, type LogLine } from './log-lines.ts';

function line(fields: Readonly<Record<string, unknown>>, name = 'api'): LogLine {
  const text = JSON.stringify({ level: 'info', time: '2026-01-01T12:00:01.000Z', name, ...fields });
  return { name, text };
}

describe('a log line', () => {
  it('has time, level, process, message and fields, and an error as its message', () => {
    const shown = readableLine(
      line({
        level: 'error',
        msg: 'load failed',
        dataset: 'title.basics',
        rows: 12,
        reason: 'two words',
        err: { type: 'Error', message: 'no such file', stack: 'Error: no such file\n  at x' },
      }),
    );
    expect(shown).toMatch(
      /^\[2026-01-01 \d\d:00:01\] ERROR \(api\): load failed  dataset=title\.basics  rows=12  reason="two words"  err="no such file"$/u,
    );
  });

  it('of another program stands as it is, after the name of the process', () => {
    expect(readableLine({ name: 'postgres', text: '{not JSON' })).toBe('postgres: {not JSON');
  });

  it('that a process repeats stands once, with the number of repeats', () => {
    const refused = (at: number) =>
      line({ msg: 'no answer', time: `2026-01-01T12:00:0${at}.000Z`, attempt: at });
    const shown = readableLines([
      refused(1),
      line({ msg: 'ready' }, 'loader'),
      refused(2),
      refused(3),
      line({ msg: 'answers again' }),
      refused(4),
    ]);
    expect(shown.map((text) => text.replace(/^.*?\): /u, ''))).toEqual([
      'no answer  attempt=1  (and 2 more)',
      'ready',
      'answers again',
      'no answer  attempt=4',
    ]);
  });
});
