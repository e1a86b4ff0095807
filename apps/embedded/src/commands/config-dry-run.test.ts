import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { takePort } from '@marquee/process/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readEmbeddedConfig } from '../config.ts';
import { type App, APPS } from '../supervision/apps.ts';
import { dryRunConfig } from './config-dry-run.ts';

/** Programs that stand in for the apps. */
const GOOD = `import { createServer } from 'node:http';
  createServer((request, response) => response.end()).listen(process.env.API_PORT, '127.0.0.1', () => process.send('ready'));
  process.on('SIGTERM', () => process.exit());`;
const CRASHES = 'process.exit(1);';
const WORKERS_CRASH = {
  downloader: CRASHES,
  loader: CRASHES,
  extractor: CRASHES,
  aggregator: CRASHES,
};
const atFault = (fault: string) => `process.send({ fault: '${fault}' }, () => process.exit(78));`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'marquee-dry-run-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
});

/** Checks a configuration with these programs, while a stack runs on two ports. */
async function dryRun(
  programs: Readonly<Record<App, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const app of APPS) {
    const file = join(root, 'apps', app, 'dist', 'main.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      join(dirname(file), 'config.js'),
      'export const Config = { shape: { DATABASE_URL: {}, API_PORT: {} } };',
    );
    writeFileSync(
      file,
      `import { appendFileSync } from 'node:fs'; appendFileSync('${app}', process.env.DATABASE_URL);\n${programs[app]}`,
    );
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  mkdirSync(join(root, 'data', 'postgres'), { recursive: true });
  writeFileSync(join(root, 'data', 'postgres', 'password'), 'secret\n');
  const [api, postgres] = [await takePort(), await takePort()];
  const config = readEmbeddedConfig(
    { API_PORT: String(api), POSTGRES_PORT: String(postgres), ...env },
    root,
  );
  await dryRunConfig(config, {
    apiUrl: `http://127.0.0.1:${api}`,
    databaseUrl: `postgres://127.0.0.1:${postgres}/marquee`,
  });
}

describe('a configuration', () => {
  it('is checked beside the running stack, whose ports count as free, and whose database only the API uses', async () => {
    await dryRun({ api: GOOD, ...WORKERS_CRASH });
    expect(
      APPS.filter((app) => readFileSync(join(root, app), 'utf8').endsWith('/marquee')),
    ).toEqual(['api']);
  });

  it('is rejected with the faults of all apps together', async () => {
    const result = dryRun({
      ...WORKERS_CRASH,
      api: atFault('no key'),
      loader: atFault('MAX_REJECTS_PERCENT is not valid'),
    });
    await expect(result).rejects.toThrow(
      /the running one stays up\.\nloader: MAX_REJECTS_PERCENT is not valid\napi: no key$/u,
    );
  });

  it('is accepted if an app crashes, which a restart may fix', async () => {
    await dryRun({ api: CRASHES, ...WORKERS_CRASH });
  });

  it('is rejected if another program has a new port', async () => {
    const port = await takePort();
    await expect(
      dryRun({ api: GOOD, ...WORKERS_CRASH }, { POSTGRES_PORT: String(port) }),
    ).rejects.toThrow(new RegExp(`Port ${port} .*Set POSTGRES_PORT`, 'u'));
  });
});
