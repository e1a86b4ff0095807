import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isFree, isLocked } from '@marquee/process';
import { generateSample, generateSources, serveSample } from '@marquee/sample';
import { demoPaths, demoSample, makeCommand } from '@marquee/stack';
import { createApiClient } from '../commands/api.ts';
import { update } from '../commands/update.ts';
import { apiUrl as urlOf, type Config } from '../config.ts';
import { makeDataFolder } from '../supervision/data-folder.ts';
import { runInForeground } from '../supervision/foreground.ts';
import { createStack } from '../supervision/stack.ts';
import { alreadyRunning } from '../supervision/supervisor.ts';
import { exampleTitle, printExamples } from './examples.ts';
import { mergedMovieId, waitUntilMerged } from './merged.ts';

/** Makes the same sample each time. */
const SEED = 1;

const STOP_HINT = 'press Ctrl-C in its terminal';

/**
 * Demonstrates the whole stack on made-up data, in the foreground: makes a sample and other sources
 * that tell of it, serves it as IMDb serves its files, and lets the stack download, load, merge and
 * serve it. Everything is kept in a data
 * folder of its own, apart from real data, and is used again the next time.
 *
 * @returns the exit code
 */
export async function demo(stackConfig: Config): Promise<number> {
  const { env, paths } = demoPaths(stackConfig);
  if (isLocked(paths.lock)) throw alreadyRunning(paths, STOP_HINT);
  makeDataFolder(paths);
  const sourcesDir = join(paths.data, 'sources');
  const config = { ...(await demoConfig(stackConfig)), env, paths, sourcesDir };
  const sample = demoSample(paths, config.demoTitles);
  await makeSample(sample, config.demoTitles);
  await makeSources(sample, sourcesDir);
  const server = await serveSample({ folder: sample, port: 0, host: '127.0.0.1' });
  try {
    console.log('Starting PostgreSQL and the services …');
    const stack = createStack(
      { ...config, datasetsUrl: new URL('/', server.url).href },
      'foreground',
      { stopHint: STOP_HINT },
    );
    const code = await runInForeground(stack, async ({ apiUrl, databaseUrl }, signal) => {
      const api = createApiClient(apiUrl, env, signal);
      // the next time nothing has changed, and the update costs one request per file
      await update(api, { force: true, signal, stopsWithCommand: true });
      await waitUntilMerged(api, signal);
      console.log(
        `\nThe demo is up. All its files are in ${config.paths.data}; Ctrl-C stops it.\n`,
      );
      const title = await exampleTitle(api);
      console.log(
        `  Site      ${apiUrl}${title ? `  and a title: ${apiUrl}/title/${title.tconst}` : ''}`,
      );
      console.log(`  API docs  ${apiUrl}/docs`);
      if (config.grpcPort !== 0) console.log(`  gRPC      ${urlOf(config, config.grpcPort)}`);
      console.log(`  Database  psql ${databaseUrl}`);
      console.log(`            or ${makeCommand(env, 'open-db')}\n`);
      await printExamples(api, title, await mergedMovieId(api));
    });
    console.log('\nThe demo is stopped; its data stays for the next time.');
    return code;
  } finally {
    await server.close();
  }
}

/** The demo's configuration: a quiet log, and free ports if the configured ones are taken. */
async function demoConfig(config: Config): Promise<Config> {
  // with an address of another machine, no port is at fault: the start reports the address
  const canListen = await isFree(0, config.apiHost);
  const isTaken = async (port: number) => canListen && !(await isFree(port, config.apiHost));
  const apiIsTaken = await isTaken(config.apiPort);
  if (apiIsTaken) console.log(`Port ${config.apiPort} is taken; the demo's API uses a free one.`);
  return {
    ...config,
    logLevel: 'warn',
    apiPort: apiIsTaken ? 0 : config.apiPort,
    // 0 would turn gRPC off
    grpcPort: (await isTaken(config.grpcPort)) ? await freePort(config.apiHost) : config.grpcPort,
    postgresPort: (await isFree(config.postgresPort)) ? config.postgresPort : 0,
  };
}

/** Makes the sample unless it exists; an incomplete one is made again from the start. */
async function makeSample(folder: string, titles: number): Promise<void> {
  if (existsSync(folder)) {
    console.log(`The sample of ${titles.toLocaleString('en-US')} titles exists already.`);
    return;
  }
  console.log(`Making a sample of ${titles.toLocaleString('en-US')} titles …`);
  const part = `${folder}.new`;
  rmSync(part, { recursive: true, force: true });
  const startedAt = performance.now();
  await generateSample({ folder: part, titles, seed: SEED, day: 0 });
  renameSync(part, folder);
  console.log(`Made in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/**
 * Makes sources that tell of the sample: a definition and a file for each, in the folder that the
 * extractor watches. What people have added there stays.
 */
async function makeSources(sample: string, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  // an incomplete one is made again from the start
  const part = `${folder}.new`;
  rmSync(part, { recursive: true, force: true });
  await generateSources({ sample, seed: SEED, folder: part });
  renameSync(part, folder);
}
