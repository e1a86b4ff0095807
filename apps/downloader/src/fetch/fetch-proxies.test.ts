import { inspect } from 'node:util';
import { ProxyConfig, proxiesOf } from '@marquee/network/proxies';
import { TestProxy } from '@marquee/network/testing';
import { ConfigError, readConfig } from '@marquee/process';
import { expect, it, onTestFinished, vi } from 'vitest';
import { DownloaderConfig } from '../config.ts';
import { Connections } from '@marquee/network/connections';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile, TestOrigin } from '../testing/test-origin.ts';

const dataset = 'title.ratings';
const file = 'title.ratings.tsv.gz';
const good = madeUpFile(dataset, 5000);

const bench = useBench(dataset, { bytes: good, etag: '"one"' });

/** Connections with the proxies of an environment, closed at the end of the test. */
function connect(env: Record<string, string>): Connections {
  const connections = new Connections(proxiesOf(ProxyConfig.parse(env)));
  onTestFinished(() => connections.close());
  return connections;
}

/** The URL of a proxy with a user and a password. */
function withPassword({ url }: TestProxy): string {
  return url.replace('://', '://ada:p%40ssword@');
}

const AUTHORIZATION = `Basic ${Buffer.from('ada:p@ssword').toString('base64')}`;

it('fetches a file through the proxy, from a host whose name only the proxy can resolve', async () => {
  await using proxy = await TestProxy.start(bench.origin.baseUrl);
  const connections = connect({ HTTP_PROXY: withPassword(proxy) });
  const baseUrl = 'http://datasets.example.test/';
  const { snapshot } = await bench.fetch({ baseUrl, connections });
  expect(snapshot.url).toBe(`${baseUrl}${file}`);
  expect((await bench.fetch({ baseUrl, connections })).unchanged).toBe(true);
  const request = { method: 'GET', target: `${baseUrl}${file}`, authorization: AUTHORIZATION };
  expect(proxy.requests).toEqual([request, request]);
  expect(bench.origin.statuses).toEqual([200, 304]);
  expect(JSON.stringify(snapshot)).not.toContain('ssword');
  await bench.expectSnapshot(good);
});

it('fetches a file by https through a tunnel of the proxy', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const secure = await TestOrigin.start('https');
  onTestFinished(() => secure.stop());
  secure.serve(dataset, { bytes: good });
  await using proxy = await TestProxy.start(secure.baseUrl);
  const connections = connect({
    https_proxy: withPassword(proxy),
    HTTPS_PROXY: 'http://127.0.0.1:1',
  });
  await bench.fetch({ baseUrl: 'https://datasets.example.test/', connections });
  expect(proxy.requests).toEqual([
    { method: 'CONNECT', target: 'datasets.example.test:443', authorization: AUTHORIZATION },
  ]);
  await bench.expectSnapshot(good);
});

it.each(['datasets.example.test', '.example.test', '*'])(
  'hosts that NO_PROXY names are asked directly: %s',
  async (except) => {
    await using proxy = await TestProxy.start(bench.origin.baseUrl);
    const connections = connect({ HTTP_PROXY: proxy.url, NO_PROXY: except });
    await expect(
      bench.fetch({ baseUrl: 'http://datasets.example.test/', connections }),
    ).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/u) as string,
    });
    expect(proxy.requests).toEqual([]);
  },
);

it('connects to this machine directly, whatever NO_PROXY says', async () => {
  await using proxy = await TestProxy.start(bench.origin.baseUrl);
  await bench.fetch({ connections: connect({ HTTP_PROXY: proxy.url, NO_PROXY: 'films.example' }) });
  expect(proxy.requests).toEqual([]);
});

it.each([
  ['http', 407, 1],
  ['https', 407, 1],
  ['https', 403, 1],
  ['http', 503, 3],
  ['https', 503, 3],
])(
  'by %s, a proxy that refuses with %i is named without its password',
  async (scheme, status, attempts) => {
    await using proxy = await TestProxy.start(bench.origin.baseUrl);
    proxy.refusalStatus = status;
    const connections = connect({ HTTP_PROXY: withPassword(proxy) });
    const error: unknown = await bench
      .fetch({ baseUrl: `${scheme}://datasets.example.test/`, connections })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining(String(status)) as string });
    if (scheme === 'https' || status === 407) {
      expect(error).toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining(`, through the proxy ${proxy.url}: `) as string,
        hint: expect.stringContaining('NO_PROXY') as string,
      });
    }
    expect(proxy.requests).toHaveLength(attempts);
    expect(proxy.requests[0]?.authorization).toBe(AUTHORIZATION);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/ssword|YWRhOn/u);
  },
);

it('names an unreachable proxy in the message', async () => {
  const connections = connect({ HTTP_PROXY: 'http://ada:p%40ssword@127.0.0.1:1' });
  const error: unknown = await bench
    .fetch({ baseUrl: 'https://datasets.example.test/', connections, retry: { maxFruitless: 0 } })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'unreachable',
    retryable: true,
    message: expect.stringMatching(
      /, through the proxy http:\/\/127\.0\.0\.1:1: ECONNREFUSED /u,
    ) as string,
  });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('ssword');
});

it('names the variable and not the password in a configuration error', () => {
  const env = {
    QUEUE_URL: 'postgres://localhost/',
    SNAPSHOT_DIR: '/tmp',
    HTTPS_PROXY: 'socks5://ada:p%40ssword@proxy:1080',
  };
  const read = () => readConfig(DownloaderConfig, env);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/HTTPS_PROXY is not valid: expected the URL of an HTTP proxy/u);
  expect(read).not.toThrow(/ssword/u);
});

it('shows a proxy without its password', () => {
  const connections = connect({ HTTP_PROXY: 'ada:p%40ssword@proxy:3128' });
  expect(connections.proxyOf(new URL('https://films.example/'))).toBe('http://proxy:3128');
});
