import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { captureOutput } from '../testing/terminal.ts';
import { Output } from './output.ts';

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

describe('as JSON', () => {
  it('a list of any length is one document', async () => {
    const items = async function* (...values: readonly object[]) {
      await Promise.resolve();
      yield* values;
    };
    for (const values of [[], [{ a: 1 }], [{ a: 1 }, { b: 'x\ny' }]]) {
      const written = captureOutput();
      await new Output(true).jsonList(items(...values));
      expect(JSON.parse(written.stdout)).toEqual({ items: values, next: null });
    }
  });

  it('a document of several is a line', () => {
    const written = captureOutput();
    new Output(true).jsonLine({ title: 'a\nb' });
    expect(written.stdout).toBe('{"title":"a\\nb"}\n');
  });

  it('there are no notes', () => {
    const written = captureOutput();
    new Output(true).note('There are more.');
    expect(written.stderr).toBe('');
  });
});
