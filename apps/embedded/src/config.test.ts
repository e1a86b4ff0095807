import { describe, expect, it } from 'vitest';
import { apiUrl, readEmbeddedConfig, readStackPaths } from './config.ts';

describe('the configuration', () => {
  it('has a default for everything, and lies under the repository', () => {
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

  it('takes a data folder elsewhere', () => {
    expect(
      readEmbeddedConfig({ DATA_DIR: '/srv/marquee' }, '/home/ada/marquee').paths.snapshots,
    ).toBe('/srv/marquee/snapshots');
  });

  it('names every variable that is wrong', () => {
    expect(() =>
      readEmbeddedConfig({ API_PORT: 'nine', DATASETS_URL: 'ftp://example.org' }, '/'),
    ).toThrow(/API_PORT is not valid.*DATASETS_URL is not valid/su);
  });

  it('refuses one port for both the API and PostgreSQL, also where one of them is the default, unless any will do', () => {
    expect(() => readEmbeddedConfig({ POSTGRES_PORT: '3000' }, '/')).toThrow(
      'API_PORT and POSTGRES_PORT are both 3000',
    );
    expect(readEmbeddedConfig({ API_PORT: '0', POSTGRES_PORT: '0' }, '/')).toMatchObject({
      apiPort: 0,
      postgresPort: 0,
    });
  });

  it('says where things lie, although other variables are wrong', () => {
    expect(readStackPaths({ API_PORT: 'nine', DATA_DIR: '/srv/marquee' }, '/').paths.state).toBe(
      '/srv/marquee/supervisor.json',
    );
  });

  it('reaches an API that listens everywhere at this machine', () => {
    expect(apiUrl('0.0.0.0', 3000)).toBe('http://127.0.0.1:3000');
    expect(apiUrl('::1', 3000)).toBe('http://[::1]:3000');
  });
});
