import { existsSync, renameSync, rmSync } from 'node:fs';
import { isFree, isLocked } from '@marquee/process';
import { generateSample, serveSample } from '@marquee/sample';
import { ApiClient } from '../api-client.ts';
import type { Config } from '../config.ts';
import { makeDataFolder } from '../supervision/data-folder.ts';
import { demoPaths, demoSample } from '../demo-dir.ts';
import { exampleTitle, printExamples } from './examples.ts';
import { runInForeground } from '../supervision/foreground.ts';
import { makeCommand } from '../make-command.ts';
import { createStack } from '../supervision/stack.ts';
import { alreadyRunning } from '../supervision/supervisor.ts';
import { update } from '../commands/update.ts';

/** Makes the same sample each time. */
const SEED = 1;

const STOP_HINT = 'press Ctrl-C in its terminal';

/**
 * Shows the whole stack at work on a made-up sample, in the foreground: makes the sample, serves it
 * as IMDb serves its files, and lets the stack fetch, load and serve it. All of it lies in a folder
 * of its own, apart from real data, and is there to be served again a second time.
 *
 * @returns the exit code
 */
export async function demo(given: Config): Promise<number> {
  const { env, paths } = demoPaths(given);
  if (isLocked(paths.lock)) throw alreadyRunning(paths, STOP_HINT);
  makeDataFolder(paths);
  const config = { ...(await demoConfig(given)), env, paths };
  const sample = demoSample(paths, config.demoTitles);
  await makeSample(sample, config.demoTitles);
  const server = await serveSample({ folder: sample, port: 0, host: '127.0.0.1' });
  try {
    console.log('Starting PostgreSQL, downloader, loader and API …');
    const stack = createStack(
      { ...config, datasetsUrl: new URL('/', server.url).href },
      'foreground',
      { stopHint: STOP_HINT },
    );
    const code = await runInForeground(stack, async ({ apiUrl, databaseUrl }, signal) => {
      const api = new ApiClient(apiUrl, config.env['API_ADMIN_KEY']);
      // a second time nothing has changed, and the update costs a request a file
      await update(api, { force: true, signal, stopsWithCommand: true });
      console.log(`\nThe demo is up. Everything lies in ${config.paths.data}; Ctrl-C stops it.\n`);
      const title = await exampleTitle(api, signal);
      console.log(
        `  Look      ${apiUrl}${title ? `  and a title: ${apiUrl}/title/${title.tconst}` : ''}`,
      );
      console.log(`  API docs  ${apiUrl}/docs\n  Database  psql ${databaseUrl}`);
      console.log(`            or ${makeCommand(env, 'open-db')}\n`);
      await printExamples(api, title, signal);
    });
    console.log('\nThe demo is stopped; its data stays, for the next time.');
    return code;
  } finally {
    await server.close();
  }
}

/** A quiet log; and free ports where the usual ones are taken, as by the stack itself. */
async function demoConfig(given: Config): Promise<Config> {
  // where the address is not of this machine no port is at fault, and the start says so
  const isTaken = (await isFree(0, given.apiHost)) && !(await isFree(given.apiPort, given.apiHost));
  const apiPort = isTaken ? 0 : given.apiPort;
  const postgresPort = (await isFree(given.postgresPort)) ? given.postgresPort : 0;
  if (isTaken) console.log(`Port ${given.apiPort} is taken; the demo's API takes a free one.`);
  return { ...given, logLevel: 'warn', apiPort, postgresPort };
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
