import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AggregatorConfig, startAggregator } from '@marquee/aggregator';
import { Delivery, ProfitPage } from '@marquee/contract';
import { ExtractorConfig, startExtractor } from '@marquee/extractor';
import { createLog } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSearchTables } from './search-tables.ts';
import { useSharedSystem } from './system.ts';

/** A real file of a source; its terms keep it out of the repository. */
const FILE = join(
  import.meta.dirname,
  '../../../shared/data/sources/movies-metadata/movies_metadata.csv.gz',
);

describe('the profits of real movies', { skip: lacks('real-data'), tags: ['long'] }, () => {
  const system = useSharedSystem(() => ({ workers: false }));
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    await buildSearchTables(system.database.pool);
    const urls = { DATABASE_URL: system.database.url, QUEUE_URL: system.database.url };
    const folders = { SNAPSHOT_DIR: system.snapshots, SOURCES_DIR: `${system.snapshots}/sources` };
    const log = createLog('test', 'silent');
    stops.push(
      await startExtractor(ExtractorConfig.parse({ ...urls, ...folders }), log, { checkMs: 500 }),
    );
    stops.push(await startAggregator(AggregatorConfig.parse(urls), log, { reconcileMs: 500 }));
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  it('are those of the file, from its delivery to the answer', { timeout: 300_000 }, async () => {
    const path = '/sources/movies-metadata/deliveries?file=movies&name=movies_metadata.csv.gz';
    const response = await fetch(system.apiUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: readFileSync(FILE),
    });
    const { url } = Delivery.parse(await response.json());
    const wait = { timeout: 240_000, interval: 500 };
    await expect.poll(async () => Delivery.parse(await system.get(url)).state, wait).toBe('taken');
    const left = 'select movie from movies.pending union all select record_id from sources.pending';
    await expect.poll(async () => system.query(left), wait).toEqual([]);
    const sumOf = async (query: string) =>
      ProfitPage.parse(await system.get(`/aggregates/profit?by=company,year${query}`));
    const { sum, leftOut } = await sumOf('');
    const whole = await sumOf('&small=true');
    expect(whole.sum).toMatchObject({ groups: 2853, profit: 233_188_195_516 });
    expect(sum).toMatchObject({ groups: 2831, profit: 232_912_199_218 });
    expect(sum.profit + leftOut.tooSmallProfit).toBe(whole.sum.profit);
    expect(leftOut.tooSmall).toBe(1746 - 1729);
    const shared = await sumOf('&attribution=shared&small=true');
    const all = ProfitPage.parse(await system.get('/aggregates/profit?by=year&small=true'));
    // movies without a company have nobody to attribute their amounts to
    expect(shared.sum.budget).toBeLessThan(all.sum.budget);
    expect(shared.sum.budget).toBeGreaterThan(0.9 * all.sum.budget);
  });
});
