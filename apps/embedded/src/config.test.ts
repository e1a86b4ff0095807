import { describe, expect, it } from 'vitest';
import { apiUrl, readEmbeddedConfig } from './config.ts';

describe('the configuration', () => {
  it('has a default for everything, and lies under the repository', () => {
    const config = readEmbeddedConfig({}, '/home/ada/marquee');
    expect(config).toMatchObject({ apiHost: '127.0.0.1', apiPort: 3000, postgresPort: 5439, datasetsUrl: 'https://datasets.imdbws.com/', demoTitles: 50_000 });
    expect(config.paths).toMatchObject({ data: '/home/ada/marquee/data', postgres: '/home/ada/marquee/data/postgres' });
  });

  it('takes a data folder elsewhere', () => {
    expect(readEmbeddedConfig({ DATA_DIR: '/srv/marquee' }, '/home/ada/marquee').paths.snapshots).toBe('/srv/marquee/snapshots');
  });

  it('names every variable that is wrong', () => {
    expect(() => readEmbeddedConfig({ API_PORT: 'nine', DATASETS_URL: 'ftp://example.org' }, '/')).toThrow(/API_PORT is not valid.*DATASETS_URL is not valid/su);
  });

  it('reaches an API that listens everywhere at this machine', () => {
    expect(apiUrl('0.0.0.0', 3000)).toBe('http://127.0.0.1:3000');
    expect(apiUrl('::1', 3000)).toBe('http://[::1]:3000');
  });
});
