import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { TestSystem } from './system.ts';

const MAIN = join(import.meta.dirname, '../../apps/cli/bin/marquee.js');

const Failure = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
});

/** The program at its end. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program, run as users run it, on a system. */
export class Cli {
  readonly #system: TestSystem;

  constructor(system: TestSystem) {
    this.#system = system;
  }

  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const { CI: _ci, NO_COLOR: _noColor, FORCE_COLOR: _force, ...env } = process.env;
    return {
      ...env,
      MARQUEE_URL: this.#system.apiUrl,
      DATA_DIR: join(tmpdir(), 'marquee-no-stack'),
      DATABASE_URL: this.#system.database.url,
      XDG_STATE_HOME: join(tmpdir(), 'marquee-no-history'),
      ...more,
    };
  }

  start(args: readonly string[], env?: NodeJS.ProcessEnv) {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: this.environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    const ended = once(child, 'close').then(([code]): Ended => ({
      code: code as number | null,
      ...said,
    }));
    return { child, said, ended };
  }

  async run(...args: string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** Parsed JSON output of a command that succeeds. */
  async json<S extends z.ZodType>(shape: S, ...args: string[]): Promise<z.infer<S>> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    expect(code, stderr).toBe(0);
    return shape.parse(JSON.parse(stdout));
  }

  /** The one JSON document of a command that fails. */
  async failure(
    ...args: string[]
  ): Promise<{ code: number | null; error: z.infer<typeof Failure>['error'] }> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    expect(stdout).toBe('');
    return { code, error: Failure.parse(JSON.parse(stderr)).error };
  }

  /**
   * Runs a command in a terminal.
   *
   * @param answers in their order: the text to wait for, and what to type then
   */
  async inTerminal(
    command: string,
    answers: readonly (readonly [string | RegExp, string])[],
    { columns = 100 } = {},
  ): Promise<{ code: number | null; shown: string }> {
    const child = spawn(
      'script',
      [
        '-qec',
        `stty cols ${columns} rows 40; '${process.execPath}' '${MAIN}' ${command}`,
        '/dev/null',
      ],
      { env: this.environment({ TERM: 'xterm' }) },
    );
    // a test that fails leaves it waiting
    onTestFinished(() => void child.kill());
    const left = [...answers];
    let shown = '';
    let read = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      const [next] = left;
      if (next === undefined) return;
      const at = shown.slice(read).search(next[0]);
      if (at === -1) return;
      // what was there before the answer is no sign for the next one
      read = shown.length;
      left.shift();
      child.stdin.write(next[1]);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, shown };
  }
}
