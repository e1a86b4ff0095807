import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-process-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Exit {
  readonly code: number | null;
  /** Standard output: the log. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script as a supervisor runs a process. It imports the library as `@lib`. */
async function run(
  script: string,
  env: Record<string, string> = {},
  isSupervised = true,
): Promise<{ child: ChildProcess; exit: Promise<Exit> }> {
  const file = join(folder, `${String(Math.random()).slice(2)}.mts`);
  await writeFile(
    file,
    script
      .replaceAll('@lib', join(import.meta.dirname, 'index.ts'))
      .replaceAll('@zod', import.meta.resolve('zod')),
  );
  const execArgv = ['--conditions=@marquee/source'];
  const child = isSupervised
    ? fork(file, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv, env })
    : spawn(process.execPath, [...execArgv, file], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  // not 'close': it is not emitted once the channel was closed
  const closed = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'));
  const exit = Promise.all([once(child, 'exit'), ...closed]).then(([[code]]) => ({
    code: code as number | null,
    ...output,
  }));
  return { child, exit };
}

/** Runs a process. @param body of its start function */
async function start(
  body: string,
  startGraceMs?: number,
  isSupervised = true,
): Promise<{ child: ChildProcess; exit: Promise<Exit> }> {
  return run(
    `import { createLog, runProcess } from '@lib';\nawait runProcess(createLog('test', 'info'), async () => {${body}}, { startGraceMs: ${String(startGraceMs)} });\n`,
    {},
    isSupervised,
  );
}

describe('runProcess', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'shuts down gracefully on %s, and exits with 0',
    async (signal) => {
      const { child, exit } = await start(
        `console.log('up'); setInterval(() => {}, 1000); return async () => console.log('down');`,
      );
      expect(await once(child, 'message')).toEqual(['ready', undefined]);
      child.kill(signal);
      const { code, stdout } = await exit;
      expect(code).toBe(0);
      expect(stdout).toMatch(/up\n[^]*stopping on SIG[^]*down\n[^]*stopped/u);
    },
  );

  const SLOW = `console.log('up'); setInterval(() => {}, 1000); return async () => { console.log('stop begins'); await new Promise((go) => setTimeout(go, 3000)); };`;
  const until = async ({ stdout }: ChildProcess, text: string) =>
    new Promise<void>((done) => {
      stdout?.on('data', (chunk: Buffer) => {
        if (chunk.includes(text)) done();
      });
    });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends at once on a second %s, but for one that only repeats the first',
    async (signal) => {
      const { child, exit } = await start(SLOW, undefined, false);
      await until(child, 'up');
      child.kill(signal);
      child.kill(signal);
      await sleep(600);
      expect(child.exitCode).toBe(null);
      const before = performance.now();
      child.kill(signal);
      expect((await exit).code).toBe(1);
      expect(performance.now() - before).toBeLessThan(1500);
    },
  );

  it('leaves it to its supervisor to end it at once', async () => {
    const { child, exit } = await start(SLOW);
    await once(child, 'message');
    child.kill('SIGTERM');
    await sleep(600);
    child.kill('SIGTERM');
    expect((await exit).code).toBe(0);
  });

  it('stops when its supervisor has exited', async () => {
    const { child, exit } = await start(
      `setInterval(() => {}, 1000); return async () => console.log('down');`,
    );
    await once(child, 'message');
    child.disconnect();
    expect(await exit).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('down') as string,
    });
  });

  it('asked to stop during the start, waits for it, shuts down, and never reports that it is up', async () => {
    const { child, exit } = await start(
      `process.send('starting'); await new Promise((go) => process.once('SIGTERM', () => setTimeout(go, 100))); return async () => console.log('down');`,
    );
    const messages: unknown[] = [];
    child.on('message', (message) => messages.push(message));
    await once(child, 'message');
    child.kill('SIGTERM');
    const { code, stdout } = await exit;
    expect(code).toBe(0);
    expect(stdout).toMatch(/stopping on SIGTERM[^]*down\n[^]*stopped/u);
    expect(messages).toEqual(['starting']);
  });

  it('asked to stop during the start, exits when the start does not finish', async () => {
    const { child, exit } = await start(
      `process.send('starting'); setInterval(() => {}, 1000); await new Promise(() => {});`,
      200,
    );
    await once(child, 'message');
    child.kill('SIGTERM');
    expect(await exit).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(
        'during the start, which did not finish within 0.2 s',
      ) as string,
    });
  });

  it('exits with 1 and logs why when start or stop fails, or an exception is not caught', async () => {
    const failed = await start(`throw new Error('no database');`);
    expect(await failed.exit).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/no database.*exited on an error: starting/u) as string,
    });
    const stuck = await start(
      `setTimeout(() => process.kill(process.pid, 'SIGTERM'), 10); return async () => { throw new Error('no end'); };`,
    );
    expect(await stuck.exit).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/no end.*exited on an error: stopping/u) as string,
    });
    const thrown = await start(
      `setTimeout(() => { throw new Error('out of nowhere'); }, 10); return async () => {};`,
    );
    expect(await thrown.exit).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('out of nowhere') as string,
    });
  });
});

describe('readConfigOrExit', () => {
  const script = `import { count, readConfigOrExit } from '@lib';\nimport { z } from '@zod';
    console.log(await readConfigOrExit(z.object({ WORKERS: count(2) }), process.env));\nprocess.disconnect();`;

  it('reads the configuration', async () => {
    const { exit } = await run(script, { WORKERS: '5' });
    expect(await exit).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('WORKERS: 5') as string,
    });
  });

  it('prints the errors without a stack, reports them to the supervisor, and exits with 78', async () => {
    const { child, exit } = await run(script, { WORKERS: 'many' });
    const fault =
      'The configuration has a fault; see .env.example:\n  WORKERS is not valid: expected a whole number of at least 1';
    const [message] = (await once(child, 'message')) as [unknown];
    expect(message).toEqual({ fault });
    expect(await exit).toEqual({ code: 78, stdout: '', stderr: `${fault}\n` });
  });
});
