import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { captureOutput } from '../testing/terminal.ts';
import { moreNote, Output } from './output.ts';

function withEnv(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI', 'TERM', 'COLORTERM'])
    vi.stubEnv(name, env[name]);
  onTestFinished(() => void vi.unstubAllEnvs());
}

const out = new Output(false);

describe('on a terminal', () => {
  it('has its width; 80 if it is unknown', () => {
    captureOutput(42);
    expect(out.width).toBe(42);
    captureOutput(0);
    expect(out.width).toBe(80);
  });

  it('cuts lines and tables to its width, not counting colours', () => {
    withEnv({ TERM: 'xterm' });
    const written = captureOutput(12);
    out.line('The Long Winter', 'bold');
    out.table([{ head: 'TITLE', isFlexible: true }], [['The Long Winter']]);
    expect(written.stdout).toBe(
      '\u001B[1mThe Long Wi…\u001B[22m\n\u001B[2mTITLE\u001B[22m\nThe Long Wi…\n',
    );
  });

  it('has no colours with NO_COLOR, or if the terminal has none', () => {
    for (const env of [{ NO_COLOR: '1', TERM: 'xterm' }, { TERM: 'dumb' }]) {
      withEnv(env);
      const written = captureOutput(80);
      out.line('The Long Winter', 'bold');
      expect(written.stdout).toBe('The Long Winter\n');
    }
  });
});

describe('without a terminal', () => {
  it('cuts nothing, and has no colours', () => {
    withEnv({ TERM: 'xterm' });
    const written = captureOutput();
    const long = 'winter '.repeat(100).trim();
    out.line(long, 'green');
    out.table([{ head: 'TITLE', isFlexible: true }], [[long]]);
    expect([out.width, written.stdout]).toEqual([Infinity, `${long}\nTITLE\n${long}\n`]);
  });

  it('writes results to standard output, and notes to standard error', () => {
    const written = captureOutput();
    out.line();
    out.line('a\nb\u001B[2J');
    out.note('There are more.');
    expect(written).toEqual({ stdout: '\na b [2J\n', stderr: 'There are more.\n' });
  });
});

describe('a list', () => {
  const columns = [{ head: 'ID' }];
  const show = (isJson: boolean, items: readonly string[]) => {
    const written = captureOutput();
    new Output(isJson).list({ items }, 'There is none.', columns, (id) => [id]);
    return written;
  };

  it('is a table, or a note if it is empty', () => {
    expect(show(false, ['a', 'b'])).toEqual({ stdout: 'ID\na\nb\n', stderr: '' });
    expect(show(false, [])).toEqual({ stdout: '', stderr: 'There is none.\n' });
  });

  it('is printed unchanged as JSON, empty or not', () => {
    expect(show(true, ['a'])).toEqual({ stdout: '{\n  "items": [\n    "a"\n  ]\n}\n', stderr: '' });
    expect(show(true, [])).toEqual({ stdout: '{\n  "items": []\n}\n', stderr: '' });
  });

  it('is printed as lines if each item is a document', () => {
    const written = captureOutput();
    new Output(true).jsonLine({ title: 'a\nb' });
    expect(written.stdout).toBe('{"title":"a\\nb"}\n');
  });
});

it('suggests a larger limit for a list with more items, up to the largest', () => {
  expect([20, 100, 199].map((limit) => moreNote(limit))).toEqual([
    'There are more: --limit 100',
    'There are more: --limit 200',
    'There are more: --limit 200',
  ]);
  expect(moreNote(200)).not.toContain('--limit 200');
});
