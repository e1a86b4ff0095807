import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { Published } from '@marquee/contract';
import { createApiClient } from '@marquee/embedded';
import { Health, MovieQueryService } from '@marquee/proto';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { Authority, type Certificate } from './certificates.ts';
import { startSystem, type System } from './system.ts';

const MARQUEE = join(import.meta.dirname, '../../apps/cli/bin/marquee.js');
const KEY = `mq_${'a'.repeat(43)}`;
const NAMES = ['IP:127.0.0.1', 'DNS:films.example.org'];

let authority: Authority;
let ca: Buffer;

beforeAll(async () => {
  authority = new Authority();
  ca = await readFile(authority.cert);
});

interface TlsSystem extends System {
  /** The folder of tls.crt and tls.key. */
  readonly folder: string;
  readonly httpsUrl: string;
}

/** Starts an API with a certificate, until the end of the test. */
async function startWith(
  certificate: Certificate,
  more: Readonly<Record<string, string>> = {},
): Promise<TlsSystem> {
  const folder = await mkdtemp(join(inject('sharedFolder'), 'tls-'));
  await copyFile(certificate.cert, join(folder, 'tls.crt'));
  await copyFile(certificate.key, join(folder, 'tls.key'));
  const system = await startSystem({
    workers: false,
    grpc: true,
    timings: { certificateMs: 20 },
    api: {
      TLS_CERT_FILE: join(folder, 'tls.crt'),
      TLS_KEY_FILE: join(folder, 'tls.key'),
      ...more,
    },
  });
  onTestFinished(async () => system.stop());
  return { ...system, folder, httpsUrl: system.apiUrl.replace('http:', 'https:') };
}

/** Runs curl. @returns the body, or its exit code: 60 if it refuses the certificate */
async function curl(...args: readonly string[]): Promise<string | number> {
  try {
    return (await promisify(execFile)('curl', ['-sS', ...args])).stdout;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

/** The status of a request on a connection of its own; an error if there is none. */
async function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { ca, agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      answer.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

/** The status of a request, and whether it has resumed a session of TLS of its agent. */
async function resumed(url: string, agent: Agent): Promise<[number | undefined, boolean]> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: { connection: 'close' } }, (answer) => {
      const isReused = (answer.socket as TLSSocket).isSessionReused();
      answer.resume().on('end', () => resolve([answer.statusCode, isReused]));
    })
      .on('error', reject)
      .end();
  });
}

/** What a server offers to a client: the serial number of its certificate, and the protocol. */
async function handshake(url: string, ALPNProtocols: string[], maxVersion: SecureVersion) {
  const { port } = new URL(url);
  return new Promise<{ serial: string; protocol: string | false | null }>((resolve, reject) => {
    const options = { host: '127.0.0.1', port: Number(port), ca, ALPNProtocols, maxVersion };
    const socket = connect({ ...options, minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }, () => {
      resolve({
        serial: socket.getPeerCertificate().serialNumber,
        protocol: socket.alpnProtocol,
      });
      socket.destroy();
    }).on('error', reject);
  });
}

describe('a server with a certificate', () => {
  it('serves HTTP and gRPC over TLS, and refuses wrong certificates and plain requests', async () => {
    const system = await startWith(authority.issue('server', NAMES), {
      API_NAMES: 'films.example.org',
      API_ADMIN_KEY: KEY,
    });
    const { httpsUrl, apiUrl, grpcUrl } = system;
    const { port } = new URL(httpsUrl);
    const trusting = ['--cacert', authority.cert];
    const live = '/health/live';
    expect(await curl(...trusting, httpsUrl + live)).toContain('"ok"');
    expect(await curl('--cacert', new Authority().cert, httpsUrl + live)).toBe(60);
    expect(await curl(...trusting, `https://localhost:${port}${live}`)).toBe(60);
    expect(JSON.parse(String(await curl(apiUrl + live)))).toMatchObject({ code: 'tls-required' });
    await expect(handshake(httpsUrl, ['http/1.1'], 'TLSv1.1')).rejects.toThrow();
    const named = `https://films.example.org:${port}`;
    const resolving = [...trusting, '--resolve', `films.example.org:${port}:127.0.0.1`];
    expect(await curl(...resolving, '-D-', named + live)).toMatch(
      /strict-transport-security: max-age=31536000\r/u,
    );
    expect(await curl(...trusting, '-D-', httpsUrl + live)).not.toMatch(/strict-transport/iu);
    const secure = grpcUrl.replace('http:', 'https:');
    expect(await handshake(secure, ['h2'], 'TLSv1.2')).toMatchObject({ protocol: 'h2' });
    const grpc = createGrpcTransport({ baseUrl: secure, nodeOptions: { ca } });
    expect(await createClient(Health, grpc).check({})).toMatchObject({ status: 1 });
    const untrusting = createGrpcTransport({ baseUrl: secure });
    await expect(createClient(Health, untrusting).check({})).rejects.toThrow(/certificate/u);
    const web = createGrpcWebTransport({
      baseUrl: httpsUrl,
      httpVersion: '1.1',
      nodeOptions: { ca },
    });
    await expect(createClient(MovieQueryService, web).getMovie({})).rejects.toThrow(/key/u);
  });

  it(
    'takes requests with a certificate of the client alone, but probes',
    { tags: ['long'] },
    async () => {
      const { httpsUrl } = await startWith(authority.issue('server', NAMES), {
        TLS_CLIENT_CA_FILE: authority.cert,
      });
      const client = authority.issue('client', []);
      const stranger = new Authority().issue('stranger', []);
      const get = async (path: string, { cert, key }: Partial<Certificate> = {}) =>
        curl(
          ...['--cacert', authority.cert, httpsUrl + path],
          ...(cert === undefined || key === undefined ? [] : ['--cert', cert, '--key', key]),
        );
      expect(await get('/stats', client)).toContain('datasets');
      expect(await get('/stats')).toContain('client-certificate-required');
      expect(await get('/stats', stranger)).toContain('client-certificate-required');
      expect(await get('/health/live')).toContain('"ok"');
      // a resumed session has no more rights
      const agent = new Agent({ ca });
      expect(await resumed(`${httpsUrl}/stats`, agent)).toEqual([403, false]);
      expect(await resumed(`${httpsUrl}/stats`, agent)).toEqual([403, true]);
    },
  );

  it("is reached by the stack's own commands at this machine, and nobody else is trusted for it", async () => {
    // a name that does not resolve, signed by nobody that this machine knows
    const { httpsUrl, folder } = await startWith(
      authority.issue('own', ['DNS:films.example.org']),
      { API_NAMES: 'films.example.org', API_ADMIN_KEY: KEY },
    );
    const url = httpsUrl.replace('127.0.0.1', 'films.example.org');
    const publishedBy = async (TLS_CERT_FILE: string) =>
      createApiClient(url, { API_HOST: '0.0.0.0', API_ADMIN_KEY: KEY, TLS_CERT_FILE }).get(
        Published,
        '/published',
      );
    expect((await publishedBy(join(folder, 'tls.crt'))).datasets).toHaveLength(7);
    const another = authority.issue('another', ['DNS:films.example.org']);
    await expect(publishedBy(another.cert)).rejects.toThrow('certificate');
    await expect(publishedBy('/no/file')).rejects.toThrow(
      'TLS_CERT_FILE names /no/file, which cannot be read: ENOENT',
    );
  });

  it('takes commands that show a certificate, and tells others to', async () => {
    const { httpsUrl } = await startWith(authority.issue('server', NAMES), {
      TLS_CLIENT_CA_FILE: authority.cert,
    });
    const { cert, key } = authority.issue('command', []);
    const shown = { TLS_CLIENT_CERT_FILE: cert, TLS_CLIENT_KEY_FILE: key };
    const trusting = { ...process.env, NODE_EXTRA_CA_CERTS: authority.cert };
    const run = async (env: Readonly<Record<string, string>>) =>
      promisify(execFile)(process.execPath, [MARQUEE, '--url', httpsUrl, 'stats'], {
        env: { ...trusting, ...env },
      });
    expect((await run(shown)).stdout).toContain('title');
    await expect(run({})).rejects.toMatchObject({
      stderr: expect.stringContaining('Set TLS_CLIENT_CERT_FILE and TLS_CLIENT_KEY_FILE') as string,
    });
    await expect(run({ TLS_CLIENT_CERT_FILE: cert })).rejects.toMatchObject({
      stderr: expect.stringContaining('expected both, or none') as string,
    });
    await expect(run({ ...shown, TLS_CLIENT_KEY_FILE: '/no/file' })).rejects.toMatchObject({
      stderr: expect.stringContaining(
        'TLS_CLIENT_KEY_FILE names /no/file, which cannot be read: ENOENT',
      ) as string,
    });
    await expect(run({ ...shown, TLS_CLIENT_KEY_FILE: authority.key })).rejects.toMatchObject({
      stderr: expect.stringContaining('are not a certificate and its key') as string,
    });
  });

  it(
    'takes a new certificate without a failed request, and keeps the old one while the new is broken',
    { tags: ['long'] },
    async () => {
      const system = await startWith(authority.issue('server', NAMES));
      const { httpsUrl, folder } = system;
      const metrics = async (name: string) => {
        const text = String(await curl('--cacert', authority.cert, `${httpsUrl}/metrics`));
        return Number(new RegExp(`^${name} (\\S+)$`, 'mu').exec(text)?.[1]);
      };
      const serialOf = async () => (await handshake(httpsUrl, ['http/1.1'], 'TLSv1.3')).serial;
      const results: (number | Error)[] = [];
      const over = new AbortController();
      const asking = (async () => {
        while (!over.signal.aborted)
          results.push(
            await statusOf(`${httpsUrl}/health/live`).catch((error: unknown) => error as Error),
          );
      })();
      const old = await serialOf();
      const replace = async (name: string, from: string) => {
        await copyFile(from, join(folder, `${name}.new`));
        await rename(join(folder, `${name}.new`), join(folder, name));
      };
      // the certificate comes before its key
      const second = authority.issue('second', NAMES, 60);
      await replace('tls.crt', second.cert);
      await expect.poll(async () => metrics('marquee_certificate_refused')).toBe(1);
      expect(await serialOf()).toBe(old);
      await replace('tls.key', second.key);
      await expect.poll(serialOf).not.toBe(old);
      const inUse = await serialOf();
      expect(await metrics('marquee_certificate_refused')).toBe(0);
      const days = await metrics('marquee_certificate_expiry_timestamp_seconds');
      expect(Math.round((days - Date.now() / 1000) / 86_400)).toBe(60);
      for (const broken of [
        'no certificate',
        await readFile(authority.issue('gone', NAMES, -1).cert),
      ]) {
        await writeFile(join(folder, 'tls.crt'), broken);
        await expect.poll(async () => metrics('marquee_certificate_refused')).toBe(1);
        expect(await serialOf()).toBe(inUse);
      }
      // as Kubernetes replaces a secret: a symbolic link to a folder
      const third = authority.issue('third', NAMES);
      await mkdir(join(folder, '..data-3'));
      await copyFile(third.cert, join(folder, '..data-3/tls.crt'));
      await copyFile(third.key, join(folder, '..data-3/tls.key'));
      for (const name of ['tls.crt', 'tls.key']) {
        await symlink(join('..data-3', name), join(folder, `${name}.link`));
        await rename(join(folder, `${name}.link`), join(folder, name));
      }
      await expect.poll(serialOf).not.toBe(inUse);
      over.abort();
      await asking;
      expect(results.length).toBeGreaterThan(20);
      expect(results.filter((result) => result !== 200)).toEqual([]);
    },
  );
});
