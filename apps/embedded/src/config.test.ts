import { describe, expect, it } from 'vitest';
import { apiUrl, probeUrl, readEmbeddedConfig, readStackPaths } from './config.ts';

describe('the configuration', () => {
  it('has a default for everything, with paths in the repository', () => {
    const config = readEmbeddedConfig({}, '/home/ada/marquee');
    expect(config).toMatchObject({
      apiHost: '127.0.0.1',
      apiPort: 3000,
      postgresPort: 5439,
      datasetsUrl: 'https://datasets.imdbws.com/',
      demoTitles: 50_000,
    });
    expect(config.paths).toMatchObject({
      data: '/home/ada/marquee/data',
      postgres: '/home/ada/marquee/data/postgres',
    });
  });

  it('accepts a data folder elsewhere', () => {
    expect(
      readEmbeddedConfig({ DATA_DIR: '/srv/marquee' }, '/home/ada/marquee').paths.snapshots,
    ).toBe('/srv/marquee/snapshots');
  });

  it('names every variable that is wrong', () => {
    expect(() =>
      readEmbeddedConfig({ API_PORT: 'nine', DATASETS_URL: 'ftp://example.org' }, '/'),
    ).toThrow(/API_PORT is not valid.*DATASETS_URL is not valid/su);
  });

  it('rejects one port for both API and PostgreSQL, also if one is the default, unless it is 0', () => {
    expect(() => readEmbeddedConfig({ POSTGRES_PORT: '3000' }, '/')).toThrow(
      'API_PORT and POSTGRES_PORT are both 3000',
    );
    expect(readEmbeddedConfig({ API_PORT: '0', POSTGRES_PORT: '0' }, '/')).toMatchObject({
      apiPort: 0,
      postgresPort: 0,
    });
  });

  it('has the paths even if other variables are wrong', () => {
    expect(readStackPaths({ API_PORT: 'nine', DATA_DIR: '/srv/marquee' }, '/').paths.state).toBe(
      '/srv/marquee/supervisor.json',
    );
  });

  it('has a reachable URL for an API that listens on all addresses', () => {
    const urlOf = (env: Record<string, string>) => apiUrl(readEmbeddedConfig(env, '/'), 3000);
    expect(urlOf({ API_HOST: '0.0.0.0' })).toBe('http://127.0.0.1:3000');
    expect(urlOf({ API_HOST: '::1' })).toBe('http://[::1]:3000');
  });

  it('is reached over TLS by the first name of its certificate, and probed by its address', () => {
    const env = { TLS_CERT_FILE: 'tls.crt', API_NAMES: 'films.example.org, films.lan' };
    const config = readEmbeddedConfig(env, '/');
    expect(apiUrl(config, 3000)).toBe('https://films.example.org:3000');
    expect(probeUrl(config, 3000)).toBe('https://127.0.0.1:3000');
  });
});
