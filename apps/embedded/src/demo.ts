import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isFree } from '@marquee/process';
import { generateSample, serveSample } from '@marquee/sample';
import { ApiClient } from './api-client.ts';
import { pathsIn, type Config } from './config.ts';
import { printExamples } from './examples.ts';
import { inForeground } from './foreground.ts';
import { createStack } from './stack.ts';
import { update } from './update.ts';

/** Makes the same sample each time. */
const SEED = 1;

/**
 * Shows the whole stack at work on a made-up sample, in the foreground: makes the sample, serves it as IMDb serves its files, and lets the stack
 * fetch, load and serve it. All in `demo/` of the data folder, apart from real data, and there to be served again
 * a second time.
 *
 * @returns the exit code
 */
export async function demo(given: Config): Promise<number> {
  const config = await demoConfig(given);
  const sample = join(config.paths.data, `sample-${config.demoTitles}`);
  await makeSample(sample, config.demoTitles);
  const server = await serveSample({ folder: sample, port: 0, host: '127.0.0.1' });
  try {
    console.log('Starting PostgreSQL, downloader, loader and API …');
    const stack = createStack({ ...config, datasetsUrl: new URL('/', server.url).href }, 'foreground');
    const code = await inForeground(stack, async ({ apiUrl, databaseUrl }, signal) => {
      const api = new ApiClient(apiUrl);
      // a second time nothing has changed, and the update costs a request a file
      await update(api, { force: true, signal });
      console.log(`\nThe demo is up. Everything lies in ${config.paths.data}; Ctrl-C stops it.\n`);
      console.log(`  API       ${apiUrl}\n  API docs  ${apiUrl}/docs\n  Database  psql ${databaseUrl}\n`);
      await printExamples(api, signal);
    });
    console.log('\nThe demo is stopped; its data stays, for the next time.');
    return code;
  } finally {
    await server.close();
  }
}

/** The demo's own data folder and a quiet log; and free ports where the usual ones are taken, as by the stack itself. */
async function demoConfig(given: Config): Promise<Config> {
  const apiPort = (await isFree(given.apiPort, given.apiHost)) ? given.apiPort : 0;
  const postgresPort = (await isFree(given.postgresPort)) ? given.postgresPort : 0;
  if (apiPort === 0) console.log(`Port ${given.apiPort} is taken; the demo's API takes a free one.`);
  return { ...given, paths: pathsIn(join(given.paths.data, 'demo')), logLevel: 'warn', apiPort, postgresPort };
}

/** Makes the sample where it is not there yet; one cut short is begun anew. */
async function makeSample(folder: string, titles: number): Promise<void> {
  if (existsSync(folder)) {
    console.log(`The sample of ${titles.toLocaleString('en-US')} titles is there already.`);
    return;
  }
  console.log(`Making a sample of ${titles.toLocaleString('en-US')} titles …`);
  const part = `${folder}.new`;
  rmSync(part, { recursive: true, force: true });
  const began = performance.now();
  await generateSample({ folder: part, titles, seed: SEED, day: 0 });
  renameSync(part, folder);
  console.log(`Made in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
}
