import { EnvHttpProxyAgent, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { NO_PROXIES, ProxyConfig, proxiesOf, proxyFor, redactedProxy } from './proxies.ts';
import { TestProxy } from './testing.ts';

describe('the environment', () => {
  it('names a proxy for each kind of URL', () => {
    const proxies = proxiesOf(
      ProxyConfig.parse({ HTTP_PROXY: 'http://one:80', HTTPS_PROXY: 'https://two:443' }),
    );
    expect(proxies).toMatchObject({ http: 'http://one:80', https: 'https://two:443' });
  });

  it('may name one for both, without a scheme, and the lower-case variable counts', () => {
    const config = ProxyConfig.parse({
      HTTP_PROXY: 'http://upper',
      http_proxy: 'ada:secret@lower:3128',
      NO_PROXY: 'upper',
      no_proxy: 'lower',
    });
    expect(proxiesOf(config)).toEqual({
      http: 'http://ada:secret@lower:3128',
      https: 'http://ada:secret@lower:3128',
      except: 'localhost,127.0.0.1,[::1],lower',
    });
    // parsing is idempotent: a thread parses its part of the configuration again
    expect(ProxyConfig.parse(config)).toEqual(config);
  });

  it('may name none', () => {
    expect(proxiesOf(ProxyConfig.parse({}))).toMatchObject({ http: null, https: null });
    expect(proxyFor(new URL('http://films.example/'), NO_PROXIES)).toBeNull();
  });

  it.each(['socks5://proxy:1080', 'ftp://proxy', 'http://', 'a proxy'])('is refused: %s', (url) => {
    expect(ProxyConfig.safeParse({ HTTPS_PROXY: url }).success).toBe(false);
  });

  it('is shown without its user and password', () => {
    expect(redactedProxy('http://ada:secret@proxy:3128/')).toBe('http://proxy:3128');
  });
});

describe('a proxy', () => {
  const proxies = proxiesOf(
    ProxyConfig.parse({ HTTP_PROXY: 'http://one', HTTPS_PROXY: 'http://two' }),
  );

  it('is chosen by the scheme of a URL', () => {
    expect(proxyFor(new URL('http://films.example/'), proxies)).toBe('http://one');
    expect(proxyFor(new URL('https://films.example/'), proxies)).toBe('http://two');
  });

  it.each(['http://localhost:9000/', 'http://127.0.0.1/', 'http://[::1]:3000/'])(
    'is bypassed for this machine: %s',
    (url) => {
      expect(proxyFor(new URL(url), proxies)).toBeNull();
    },
  );

  it('is bypassed by NO_PROXY as undici bypasses it', async () => {
    await using proxy = await TestProxy.start('http://127.0.0.1:1');
    proxy.refusalStatus = 403;
    const entries = [
      '*',
      '*:80',
      '*:8080',
      'films.example',
      'FILMS.example.',
      '.films.example',
      '*.films.example',
      'example',
      'ilms.example',
      'films.example:80',
      'films.example:8080',
      'other.example, films.example',
      'other.example films.example:8080',
      '10.0.0.1',
      '10.0.0.1:8080',
      '::5',
      '[::5]',
      '[::5]:8080',
      '[::5]:80',
      ' , ',
    ];
    const urls = [
      'http://films.example/',
      'http://Films.example.:8080/',
      'http://www.films.example/',
      'http://10.0.0.1:8080/',
      'http://[::5]:8080/',
      'http://[::5]/',
    ];
    const actual: unknown[] = [];
    const expected: unknown[] = [];
    for (const except of entries) {
      const direct = () => new Error('goes directly');
      const agent = new EnvHttpProxyAgent({
        httpProxy: proxy.url,
        httpsProxy: '',
        noProxy: except,
        connect: (_, done) => done(direct(), null),
      });
      for (const url of urls) {
        proxy.requests.length = 0;
        await request(url, { dispatcher: agent }).then(
          ({ body }) => body.dump(),
          () => undefined,
        );
        expected.push([except, url, proxy.requests.length > 0]);
        const chosen = proxyFor(new URL(url), { http: proxy.url, https: null, except });
        actual.push([except, url, chosen !== null]);
      }
      await agent.close();
    }
    expect(actual).toEqual(expected);
    expect(new Set(expected.map((row) => (row as unknown[])[2])).size).toBe(2);
  });
});
