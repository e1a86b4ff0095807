import { gzipSync } from 'node:zlib';
import { AddressRefusedError } from '@marquee/network/address-guard';
import { NO_PROXIES, ProxyConfig, proxiesOf } from '@marquee/network/proxies';
import { TestProxy } from '@marquee/network/testing';
import { freePort } from '@marquee/process';
import { request } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Connections } from '@marquee/network/connections';
import { DownloadError } from '../errors/download-error.ts';
import type { FetchOptions } from './fetch-dataset.ts';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile, TestOrigin } from '../testing/test-origin.ts';

const dataset = 'title.ratings';
const file = 'title.ratings.tsv.gz';
const good = madeUpFile(dataset, 5000);
const secret = 'INTERNAL-SECRET-TOKEN=abc123';

const bench = useBench(dataset, { bytes: good, etag: '"one"' });

async function failure(options: Partial<FetchOptions> = {}): Promise<DownloadError> {
  const error: unknown = await bench.fetch(options).catch((reason: unknown) => reason);
  if (!(error instanceof DownloadError)) throw new Error(`no DownloadError: ${String(error)}`);
  return error;
}

async function startOrigin(scheme?: 'http' | 'https'): Promise<TestOrigin> {
  const origin = await TestOrigin.start(scheme);
  onTestFinished(() => origin.stop());
  return origin;
}

/** A TLS server whose certificate is trusted in this test. */
async function startTlsOrigin(): Promise<TestOrigin> {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  return startOrigin('https');
}

function redirectTo(location: string): { status: number; headers: Record<string, string> } {
  return { status: 302, headers: { location } };
}

describe('a redirect to another host', () => {
  it('is followed with the conditions and without the credentials', async () => {
    const other = await startOrigin();
    other.serve(dataset, { bytes: good, etag: '"one"' });
    const baseUrl = bench.origin.baseUrl.replace('://', '://ada:secret@');
    bench.origin.trick(
      redirectTo(`${other.baseUrl}${file}`),
      redirectTo(`${other.baseUrl}${file}`),
    );
    await bench.fetch({ baseUrl });
    expect((await bench.fetch({ baseUrl })).unchanged).toBe(true);
    expect(bench.origin.requests[0]?.headers.authorization).toMatch(/^Basic /u);
    expect(other.statuses).toEqual([200, 304]);
    for (const { headers } of other.requests) expect(headers).not.toHaveProperty('authorization');
  });

  it('is followed from one private address to another', async () => {
    const other = await startOrigin();
    other.serve(dataset, { bytes: good });
    bench.origin.trick(redirectTo(`${other.baseUrl.replace('127.0.0.1', 'localhost')}${file}`));
    expect((await bench.fetch()).snapshot.rows).toBe(5000);
  });

  it('is followed from http to https', async () => {
    const secure = await startTlsOrigin();
    secure.serve(dataset, { bytes: good });
    const connections = new Connections(NO_PROXIES);
    onTestFinished(() => connections.close());
    bench.origin.trick(redirectTo(`${secure.baseUrl}${file}`));
    expect((await bench.fetch({ connections })).snapshot.rows).toBe(5000);
  });

  it('is followed from one public name to another', async () => {
    await using proxy = await TestProxy.start(bench.origin.baseUrl);
    const connections = new Connections(proxiesOf(ProxyConfig.parse({ HTTP_PROXY: proxy.url })));
    onTestFinished(() => connections.close());
    bench.origin.trick(redirectTo(`http://mirror.example.test/${file}`));
    await bench.fetch({ baseUrl: 'http://datasets.example.test/', connections });
    expect(proxy.requests.map(({ target }) => target)).toEqual([
      `http://datasets.example.test/${file}`,
      `http://mirror.example.test/${file}`,
    ]);
  });

  it('has its target in the message, and no content of its response: text', async () => {
    const other = await startOrigin();
    other.trick({ status: 200, body: Buffer.from(secret) });
    bench.origin.trick(redirectTo(`${other.baseUrl}secret?key=hidden`));
    const error = await failure();
    expect(error.code).toBe('not-gzip');
    expect(error.message).toBe(
      `The response from ${bench.origin.baseUrl}${file} (redirected to ${other.baseUrl}secret?…) is not a gzip file: it starts with text (not shown, because another host sent it).`,
    );
  });

  it.each([
    ['a page', Buffer.from('<html>Sign in</html>'), 'a web page (HTML or XML)'],
    ['another header', gzipSync(`${secret}\tnumVotes\n`), 'text (not shown, '],
    ['a status', null, 'status 404'],
  ])('has its target in the message, and no content of its response: %s', async (_, body, says) => {
    const other = await startOrigin();
    if (body !== null) other.trick({ status: 200, body });
    bench.origin.trick(redirectTo(`${other.baseUrl}sign-in`));
    const { message } = await failure();
    expect(message).toContain(`(redirected to ${other.baseUrl}sign-in)`);
    expect(message).toContain(says);
    expect(message).not.toMatch(/INTERNAL|Sign in/u);
  });

  it('is in the message if its target does not respond', async () => {
    const url = `http://127.0.0.1:${await freePort()}/${file}`;
    bench.origin.trick(redirectTo(url));
    const { code, message } = await failure({ retry: { maxFruitless: 0 } });
    expect(code).toBe('unreachable');
    expect(message).toContain(`(redirected to ${url}): ECONNREFUSED`);
  });

  it('in a circle is shown with the whole chain', async () => {
    const other = await startOrigin();
    const first = `${bench.origin.baseUrl}${file}`;
    bench.origin.trick(redirectTo(`${other.baseUrl}a`));
    other.trick(redirectTo(first));
    expect(await failure()).toMatchObject({
      code: 'redirect-loop',
      message: `${first} is redirected in a circle: ${first} → ${other.baseUrl}a → ${first}.`,
    });
  });
});

describe('a redirect that is not followed', () => {
  it.each([
    ['a file', 'file:///etc/passwd', 'file:///etc/passwd, which is not an http or https URL'],
    ['an invalid URL', 'http://[', 'an invalid URL, which is not an http or https URL'],
  ])('leads to %s', async (_, location, says) => {
    bench.origin.trick(redirectTo(location));
    const { code, message } = await failure();
    expect(code).toBe('redirect-refused');
    expect(message).toContain(says);
    expect(bench.origin.requests).toHaveLength(1);
  });

  it('leads from https to http', async () => {
    const secure = await startTlsOrigin();
    secure.trick(redirectTo(`${bench.origin.baseUrl}${file}`));
    const connections = new Connections(NO_PROXIES);
    onTestFinished(() => connections.close());
    const { code, message } = await failure({ baseUrl: secure.baseUrl, connections });
    expect(code).toBe('redirect-refused');
    expect(message).toBe(
      `${secure.baseUrl}${file} is redirected to ${bench.origin.baseUrl}${file}, which is not encrypted, but the redirecting URL is.`,
    );
    expect(bench.origin.requests).toEqual([]);
  });

  it.each([
    ['an address of this machine', (port: string) => `http://127.0.0.1:${port}/secret`],
    ['a name of this machine', (port: string) => `http://localhost:${port}/secret`],
    [
      'an IPv6 address of this machine',
      (port: string) => `http://[::ffff:127.0.0.1]:${port}/secret`,
    ],
    ['a metadata service', () => 'http://169.254.169.254/latest/meta-data'],
    ['a private network', () => 'http://10.0.0.7/secret'],
  ])('leads from a public name to %s', async (_, location) => {
    const inside = await startOrigin();
    // the name counts as public: only the proxy can resolve it
    await using proxy = await TestProxy.start(bench.origin.baseUrl);
    const connections = new Connections(proxiesOf(ProxyConfig.parse({ HTTP_PROXY: proxy.url })));
    onTestFinished(() => connections.close());
    const target = location(new URL(inside.baseUrl).port);
    bench.origin.trick(redirectTo(target));
    const error = await failure({ baseUrl: 'http://datasets.example.test/', connections });
    expect(error).toMatchObject({ code: 'redirect-refused', retryable: false });
    expect(error.message).toContain(`http://datasets.example.test/${file} is redirected to `);
    expect(error.message).toContain('is no public address');
    expect(inside.requests).toEqual([]);
    expect(proxy.requests).toHaveLength(1);
  });

  it('leads to a name that has become private since it was checked', async () => {
    const inside = await startOrigin();
    const connections = new Connections(NO_PROXIES);
    onTestFinished(() => connections.close());
    const url = inside.baseUrl.replace('127.0.0.1', 'localhost');
    const response = request(url, { dispatcher: connections.dispatcher(true) });
    await expect(response).rejects.toThrow(AddressRefusedError);
    expect(inside.requests).toEqual([]);
  });
});
