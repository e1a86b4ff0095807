import { Health } from '@marquee/contract';
import { z } from 'zod';
import { Runs } from '../commands/runs.ts';
import type { Context } from '../context.ts';
import { CliFault, EXIT, Refused } from '../faults.ts';
import { localTime } from '../figures.ts';
import { ageOf, readFreshness } from '../freshness.ts';
import { VERSION } from '../version.ts';
import { fail, warn, well, type Check } from './check.ts';

const Document = z.object({ info: z.object({ title: z.string(), version: z.string() }) });

/** The API, and what can be asked of it: version, queue, key, data, runs. */
export async function checkApi(context: Context): Promise<Check[]> {
  const { api } = context;
  try {
    await api.get(Health, '/health/live');
  } catch (error) {
    return [faultOf(context, 'api', error)];
  }
  const parts = [checkVersion, checkReady, checkData, checkRuns].map(async (check) =>
    check(context).catch((error: unknown) => [faultOf(context, 'api', error)]),
  );
  const checks = (await Promise.all(parts)).flat();
  // a key that is missing or not good is told of once
  const [refused] = checks.filter(({ check }) => check === 'key');
  return [
    well('api', `${api.url} answers`),
    ...checks.filter(({ check }) => check !== 'key'),
    ...(refused ? [refused] : []),
  ];
}

async function checkVersion({ api, make }: Context): Promise<Check[]> {
  const { info } = await api.get(Document, '/openapi.json');
  if (info.version === VERSION)
    return [well('version', `${info.title} ${info.version}, as this program`)];
  return [
    warn(
      'version',
      `the API is ${info.version}, this program ${VERSION}`,
      `Bring both to one version: git pull, make build, ${make('restart')}`,
    ),
  ];
}

async function checkReady({ api, make }: Context): Promise<Check[]> {
  try {
    await api.get(Health, '/health/ready');
    return [well('queue', 'the API reaches queue and database, and can read what is published')];
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== 'not-ready') throw error;
    const todo = error.hint ?? `See ${make('ps')} and ${make('logs')}.`;
    const isOf = (what: 'queue' | 'database') =>
      error.message.includes(what) ? [fail(what, `the API says: ${error.message}`, todo)] : [];
    const named = [...isOf('queue'), ...isOf('database')];
    return named.length > 0 ? named : [fail('api', `it says: ${error.message}`, todo)];
  }
}

async function checkData(context: Context): Promise<Check[]> {
  const freshness = await readFreshness(context);
  if (freshness.isEmpty)
    return [
      warn(
        'data',
        'there is no data yet',
        freshness.running === null
          ? 'Fetch it: marquee update'
          : `It is on its way: marquee runs watch ${freshness.running.id}`,
      ),
    ];
  const age = ageOf(freshness);
  return [
    age === null
      ? well('data', `updated at ${localTime(freshness.updatedAt)}`)
      : warn('data', age, 'marquee update; by itself each day, with UPDATE_SCHEDULE'),
  ];
}

async function checkRuns({ api, make }: Context): Promise<Check[]> {
  const [last] = (await api.get(Runs, '/runs', { limit: 1 })).items;
  if (last === undefined) return [];
  if (last.state === 'running')
    return [well('runs', `the ${last.kind} of ${localTime(last.requestedAt)} is going`)];
  if (last.state === 'failed' && last.error?.code !== 'cancelled')
    return [
      warn(
        'runs',
        `the last ${last.kind} failed: ${last.error?.message ?? 'for a reason unknown'}`,
        last.error?.hint ?? `See ${make('logs')}.`,
      ),
    ];
  return [
    well(
      'runs',
      `the last ${last.kind} has ${last.state === 'failed' ? 'been cancelled' : last.state}`,
    ),
  ];
}

function faultOf({ make }: Context, check: Check['check'], error: unknown): Check {
  if (!(error instanceof CliFault)) throw error;
  const todo = error.hint ?? `See ${make('ps')} and ${make('logs')}.`;
  return fail(error.exitCode === EXIT.refused ? 'key' : check, error.message, todo);
}
