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

/** Runs a script that calls runProcess, and collects what it prints. */
async function start(body: string): Promise<{ child: ChildProcess; ended: Promise<{ code: number | null; said: string }> }> {
  const script = join(folder, `${String(Math.random()).slice(2)}.mts`);
  const lib = JSON.stringify(join(import.meta.dirname, 'index.ts'));
  await writeFile(script, `import { createLog, runProcess } from ${lib};\nawait runProcess(createLog('test', 'info'), async () => {${body}});\n`);
  const child = fork(script, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: ['--conditions=@marquee/source'] });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // not 'close': it does not come once the channel was cut
  const ended = Promise.all([once(child, 'exit'), child.stdout === null ? null : once(child.stdout, 'close')]).then(([[code]]) => ({ code: code as number | null, said }));
  return { child, ended };
}

describe('runProcess', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops in good order on %s, and exits with 0', async (signal) => {
    const { child, ended } = await start(`console.log('up'); setInterval(() => {}, 1000); return async () => console.log('down');`);
    expect(await once(child, 'message')).toEqual(['ready', undefined]);
    child.kill(signal);
    const { code, said } = await ended;
    expect(code).toBe(0);
    expect(said).toMatch(/up\n[^]*stopping on SIG[^]*down\n[^]*stopped/u);
  });

  it('stops when its supervisor is gone', async () => {
    const { child, ended } = await start(`setInterval(() => {}, 1000); return async () => console.log('down');`);
    await once(child, 'message');
    child.disconnect();
    expect(await ended).toMatchObject({ code: 0, said: expect.stringContaining('down') as string });
  });

  it('exits with 1 and says why when it cannot start, or something is thrown where nothing catches it', async () => {
    const failed = await start(`throw new Error('no database');`);
    expect(await failed.ended).toMatchObject({ code: 1, said: expect.stringContaining('no database') as string });
    const thrown = await start(`setTimeout(() => { throw new Error('out of nowhere'); }, 10); return async () => {};`);
    expect(await thrown.ended).toMatchObject({ code: 1, said: expect.stringContaining('out of nowhere') as string });
  });
});
