import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-process-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  /** On standard output: the log. */
  readonly said: string;
  /** On standard error. */
  readonly complained: string;
}

/** Runs a script that imports from the library, as a supervisor runs a process. */
async function run(
  script: string,
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; ended: Promise<Ended> }> {
  const file = join(folder, `${String(Math.random()).slice(2)}.mts`);
  await writeFile(
    file,
    script
      .replaceAll('@lib', join(import.meta.dirname, 'index.ts'))
      .replaceAll('@zod', import.meta.resolve('zod')),
  );
  const child = fork(file, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--conditions=@marquee/source'],
    env,
  });
  const output = { said: '', complained: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.complained += chunk.toString()));
  // not 'close': it does not come once the channel was cut
  const closed = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'));
  const ended = Promise.all([once(child, 'exit'), ...closed]).then(([[code]]) => ({
    code: code as number | null,
    ...output,
  }));
  return { child, ended };
}

/** Runs a process whose start is the given body of a function. */
async function start(
  body: string,
  startGraceMs?: number,
): Promise<{ child: ChildProcess; ended: Promise<Ended> }> {
  return run(
    `import { createLog, runProcess } from '@lib';\nawait runProcess(createLog('test', 'info'), async () => {${body}}, undefined, ${String(startGraceMs)});\n`,
  );
}

describe('runProcess', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops in good order on %s, and exits with 0',
    async (signal) => {
      const { child, ended } = await start(
        `console.log('up'); setInterval(() => {}, 1000); return async () => console.log('down');`,
      );
      expect(await once(child, 'message')).toEqual(['ready', undefined]);
      child.kill(signal);
      const { code, said } = await ended;
      expect(code).toBe(0);
      expect(said).toMatch(/up\n[^]*stopping on SIG[^]*down\n[^]*stopped/u);
    },
  );

  it('stops when its supervisor is gone', async () => {
    const { child, ended } = await start(
      `setInterval(() => {}, 1000); return async () => console.log('down');`,
    );
    await once(child, 'message');
    child.disconnect();
    expect(await ended).toMatchObject({ code: 0, said: expect.stringContaining('down') as string });
  });

  it('asked to end while it starts, lets the start end and stops in good order, never having been up', async () => {
    const { child, ended } = await start(
      `process.send('starting'); await new Promise((go) => process.once('SIGTERM', () => setTimeout(go, 100))); return async () => console.log('down');`,
    );
    const messages: unknown[] = [];
    child.on('message', (message) => messages.push(message));
    await once(child, 'message');
    child.kill('SIGTERM');
    const { code, said } = await ended;
    expect(code).toBe(0);
    expect(said).toMatch(/stopping on SIGTERM[^]*down\n[^]*stopped/u);
    expect(messages).toEqual(['starting']);
  });

  it('asked to end while it starts, ends all the same where the start waits for what does not come', async () => {
    const { child, ended } = await start(
      `process.send('starting'); setInterval(() => {}, 1000); await new Promise(() => {});`,
      200,
    );
    await once(child, 'message');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({
      code: 0,
      said: expect.stringContaining('the start did not end within 0.2 s') as string,
    });
  });

  it('exits with 1 and says why when it cannot start or stop, or something is thrown where nothing catches it', async () => {
    const failed = await start(`throw new Error('no database');`);
    expect(await failed.ended).toMatchObject({
      code: 1,
      said: expect.stringMatching(/no database.*fault in starting/u) as string,
    });
    const stuck = await start(
      `setTimeout(() => process.kill(process.pid, 'SIGTERM'), 10); return async () => { throw new Error('no end'); };`,
    );
    expect(await stuck.ended).toMatchObject({
      code: 1,
      said: expect.stringMatching(/no end.*fault in stopping/u) as string,
    });
    const thrown = await start(
      `setTimeout(() => { throw new Error('out of nowhere'); }, 10); return async () => {};`,
    );
    expect(await thrown.ended).toMatchObject({
      code: 1,
      said: expect.stringContaining('out of nowhere') as string,
    });
  });
});

describe('readConfigOrExit', () => {
  const script = `import { count, readConfigOrExit } from '@lib';\nimport { z } from '@zod';
    console.log(await readConfigOrExit(z.object({ WORKERS: count(2) }), process.env));\nprocess.disconnect();`;

  it('reads the configuration', async () => {
    const { ended } = await run(script, { WORKERS: '5' });
    expect(await ended).toMatchObject({
      code: 0,
      said: expect.stringContaining('WORKERS: 5') as string,
    });
  });

  it('shows people the faults without a stack, tells them to the supervisor, and exits with 78', async () => {
    const { child, ended } = await run(script, { WORKERS: 'many' });
    const fault =
      'The configuration has a fault; see .env.example:\n  WORKERS is not valid: expected a whole number of at least 1';
    const [message] = (await once(child, 'message')) as [unknown];
    expect(message).toEqual({ fault });
    expect(await ended).toEqual({ code: 78, said: '', complained: `${fault}\n` });
  });
});
