import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { CLIENTS, readAdminUrl, rolePassword } from '@marquee/postgres';
import { freePort, secretNames } from '@marquee/process';
import { serveSample } from '@marquee/sample';
import { Client } from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { useDays } from './sample-days.ts';

const ROOT = join(import.meta.dirname, '../..');
const days = useDays({ titles: 1000, days: 1 });

const random = () => randomBytes(24).toString('hex');
const proxy = (password: string) => `http://user:${password}@127.0.0.1:9`;
const itself = (value: string) => value;

/**
 * The secrets that people may set, and what their values look like. One that a schema has and this
 * table lacks fails the test.
 */
const SETTINGS: Readonly<Record<string, (secret: string) => string>> = {
  API_ADMIN_KEY: (secret) => `mq_${secret}`,
  AWS_ACCESS_KEY_ID: itself,
  AWS_SECRET_ACCESS_KEY: itself,
  AWS_SESSION_TOKEN: itself,
  DATABASE_READ_URLS: (secret) => `postgres://ada:${secret}@127.0.0.1:9/films`,
  HTTP_PROXY: proxy,
  HTTPS_PROXY: proxy,
  http_proxy: proxy,
  https_proxy: proxy,
  MARQUEE_KEY: (secret) => `mq_${secret}`,
  OIDC_CLIENT_SECRET: itself,
  POSTGRES_READER_PASSWORD: itself,
};

/** Those whose values the embedded stack makes by itself, or that it has no use for. */
const MADE = [
  'REPLICATOR_PASSWORD',
  ...['DATABASE_URL', 'DATABASE_ADMIN_URL', 'QUEUE_URL', 'READER_DATABASE_URL'],
  ...CLIENTS.flatMap((client) => ['', '_2'].map((to) => `${client.toUpperCase()}${to}_PASSWORD`)),
];

/** The secrets in the schemas of all programs. */
async function namesInSchemas(): Promise<string[]> {
  const files = [
    ...['api', 'downloader', 'loader', 'extractor', 'aggregator', 'embedded'].map(
      (app) => `apps/${app}/src/config.ts`,
    ),
    'apps/cli/src/context/config.ts',
    'apps/api/src/set-up-config.ts',
  ];
  const names = await Promise.all(
    files.map(async (file) => {
      const exports = (await import(pathToFileURL(join(ROOT, file)).href)) as object;
      return Object.values(exports)
        .filter((value): value is z.ZodObject => value instanceof z.ZodObject)
        .flatMap(secretNames);
    }),
  );
  return [...new Set(names.flat())].sort();
}

/** What others could read of a stack while it ran, by where. */
class Readable {
  readonly texts: { readonly where: string; readonly bytes: Buffer }[] = [];
  readonly #arguments = new Set<string>();
  #isOver = false;
  #watching: Promise<void> = Promise.resolve();

  add(where: string, content: string | Buffer): void {
    this.texts.push({ where, bytes: Buffer.from(content) });
  }

  /** Notes the command lines of all processes of the machine until {@link end}. */
  watchProcesses(): void {
    this.#watching = (async () => {
      while (!this.#isOver) {
        for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/u.test(name)))
          this.#arguments.add(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#watching;
    for (const one of this.#arguments) this.add(`process ${one.slice(0, 200)}`, one);
  }

  /** Adds the files below a folder, but those that are made for secrets. */
  async addFiles(folder: string, except: readonly string[]): Promise<void> {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && !except.includes(file))
        this.add(file, await readFile(file).catch(() => ''));
    }
  }

  /** Where each secret can be read, by its name. */
  find(secrets: ReadonlyMap<string, string>): string[] {
    return this.texts.flatMap(({ where, bytes }) =>
      [...secrets]
        .filter(([, value]) => bytes.includes(value))
        .map(([name]) => `${name}: ${where}`),
    );
  }
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return out + err;
}

/** A collector of traces, which keeps what it gets. */
async function collectTraces(readable: Readable): Promise<Server> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      readable.add('traces', body);
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

it(
  'are in no process list, log, file, trace, metric or answer, whatever fails',
  { tags: ['long'] },
  async () => {
    expect([...Object.keys(SETTINGS), ...MADE].sort()).toEqual(await namesInSchemas());
    const readable = new Readable();
    const secrets = new Map(Object.keys(SETTINGS).map((name) => [name, random()]));
    const data = await mkdtemp(join(tmpdir(), 'marquee-secrets-'));
    const origin = await serveSample({ folder: days.day(0), port: 0 });
    const traces = await collectTraces(readable);
    const providers = { password: random(), authorization: random(), s3: random() };
    for (const [name, value] of Object.entries(providers)) secrets.set(`provider ${name}`, value);
    const providersFile = join(inject('sharedFolder'), 'providers-of-secrets.json');
    const hostKey = `SHA256:${'A'.repeat(43)}`;
    const s3 = { accessKeyId: 'id', secretAccessKey: providers.s3 };
    const refused = 'http://127.0.0.1:9';
    await writeFile(
      providersFile,
      JSON.stringify({
        queues: [{ url: `${refused}/queue`, endpoint: refused, credentials: s3 }],
        providers: [
          {
            id: 'inbox',
            delivers: 'films',
            sftp: {
              host: '127.0.0.1',
              port: 9,
              username: 'u',
              password: providers.password,
              hostKey,
            },
          },
          {
            id: 'web',
            delivers: 'films',
            web: { origin: refused, headers: { Authorization: providers.authorization } },
          },
        ],
      }),
      { mode: 0o600 },
    );
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATA_DIR: data,
      API_PORT: String(await freePort()),
      POSTGRES_PORT: String(await freePort()),
      GRPC_PORT: '0',
      LOG_LEVEL: 'debug',
      DATASETS_URL: origin.url,
      PROVIDERS_FILE: providersFile,
      READING: 'keyed',
      OPERATING: 'keyed',
      WEBHOOKS_PRIVATE: 'true',
      PUBLIC_URL: 'http://localhost:9',
      OIDC_ISSUER: refused,
      OIDC_CLIENT_ID: 'marquee',
      OIDC_ROLES: '*=reader',
      EVENTS_SINKS: 'https://sqs.eu-central-1.amazonaws.com/123456789012/films',
      EVENTS_AWS_ENDPOINT: refused,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(traces.address() as AddressInfo).port}`,
      ...Object.fromEntries(
        Object.entries(SETTINGS).map(([name, make]) => [name, make(secrets.get(name) ?? '')]),
      ),
    };
    readable.watchProcesses();
    const stack = async (...args: readonly string[]) =>
      readable.add(
        `output of ${args.join(' ')}`,
        await run(['apps/embedded/dist/main.js', ...args], env),
      );
    onTestFinished(async () => {
      await stack('down');
      await origin.close();
      await rm(data, { recursive: true, force: true });
    });
    await stack('up');
    const adminUrl = readAdminUrl(join(data, 'postgres'), Number(env.POSTGRES_PORT));
    secrets.set('superuser', new URL(adminUrl).password);
    for (const client of CLIENTS) secrets.set(`role ${client}`, rolePassword(adminUrl, client));

    const url = `http://127.0.0.1:${env.API_PORT}`;
    const admin = `mq_${secrets.get('API_ADMIN_KEY') ?? ''}`;
    const ask = async (
      path: string,
      { key = admin, ...init }: RequestInit & { key?: string } = {},
    ): Promise<string> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const answer = await fetch(url + path, { headers, ...init });
      return `${answer.status} ${[...answer.headers].join('\n')}\n${await answer.text()}`;
    };
    const read = async (path: string, init: RequestInit & { key?: string } = {}) =>
      readable.add(path, await ask(path, init));
    const post = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
    // what is shown once is kept apart
    const made = await ask('/keys', post({ name: 'reader', role: 'reader' }));
    secrets.set('a made key', /mq_[\w-]{43}/u.exec(made)?.[0] ?? 'none was made');
    const webhookSecret = randomBytes(24).toString('base64');
    secrets.set('a webhook', webhookSecret);
    const hook = await ask(
      '/webhooks',
      post({ url: `${refused}/hook`, secret: `whsec_${webhookSecret}` }),
    );
    const [webhookId = ''] = /[\da-f]{8}-[\da-f-]{27}/u.exec(hook) ?? [];
    const session = await ask('/session', post({ key: admin }));
    secrets.set('a session', /marquee_session=([\w-]+)/u.exec(session)?.[1] ?? 'none was started');
    await read(`/webhooks/${webhookId}/test`, { method: 'POST' });
    await read('/updatedata', post({}));
    await expect
      .poll(async () => ask('/runs?limit=1'), { timeout: 120_000 })
      .toMatch(/"state":"(?:succeeded|failed)"/u);
    const stranger = `mq_${random()}`;
    secrets.set('an unknown key', stranger);
    await read('/stats', { key: stranger });
    await read('/sign-in/start', { redirect: 'manual' });
    await read('/health/ready');
    await read('/webhooks', { ...post({ url: 'no url', secret: webhookSecret }) });
    const wrong = new URL(adminUrl);
    wrong.password = random();
    secrets.set('a wrong password', wrong.password);
    await expect(new Client({ connectionString: wrong.href }).connect()).rejects.toThrow();
    // every process loses its connections, and says so
    const superuser = new Client({ connectionString: adminUrl });
    await superuser.connect();
    await superuser.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename is not null',
    );
    await superuser.end();
    await expect.poll(async () => ask('/health/ready')).toMatch(/^200/u);
    for (const path of [
      '/metrics',
      '/openapi.json',
      '/audit',
      '/webhooks',
      '/keys',
      '/events/sinks',
    ])
      await read(path);
    await read(`/webhooks/${webhookId}/deliveries`);
    for (const args of [['doctor'], ['stats'], ['--json', 'keys']])
      readable.add(`marquee ${args.join(' ')}`, await run(['apps/cli/dist/main.js', ...args], env));
    await expect.poll(() => readable.texts.some(({ where }) => where === 'traces')).toBe(true);
    const forSecrets = [join(data, 'postgres/password'), join(data, 'supervisor.json')];
    for (const file of forSecrets) expect((await stat(file)).mode & 0o077, file).toBe(0);
    await stack('restart');
    await stack('logs');
    await readable.addFiles(data, forSecrets);
    await stack('down');
    await readable.end();
    const logs = readable.texts.filter(({ where }) => where.endsWith('.log'));
    expect(logs.map(({ bytes }) => bytes.toString()).join('\n')).toMatch(/lost a connection/u);
    expect(logs.length).toBeGreaterThanOrEqual(6);
    expect(readable.find(secrets)).toEqual([]);
  },
);
