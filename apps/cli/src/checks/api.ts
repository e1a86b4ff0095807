import { ApiProblemError } from '@marquee/api-client';
import { Health } from '@marquee/contract';
import { UserError } from '@marquee/process';
import { localTime } from '@marquee/terminal/format';
import { z } from 'zod';
import type { Context } from '../context/context.ts';
import { exitCodeOf } from '../context/errors.ts';
import { FullRunPage } from '../context/run-page.ts';
import { EXIT } from '../exit.ts';
import { VERSION } from '../version.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { readFreshness, stalenessOf } from './freshness.ts';

const OpenApiDocument = z.object({ info: z.object({ title: z.string(), version: z.string() }) });

/** Checks the API, and what it reports: version, queue, key, data, runs. */
export async function checkApi(context: Context): Promise<Check[]> {
  const { api } = context;
  try {
    await api.get(Health, '/health/live');
  } catch (error) {
    return [failedCheck(context, 'api', error)];
  }
  const parts = [checkVersion, checkReady, checkData, checkRuns].map(async (check) =>
    check(context).catch((error: unknown) => [failedCheck(context, 'api', error)]),
  );
  const checks = (await Promise.all(parts)).flat();
  // several requests may fail for want of a key: report it once
  const [refused] = checks.filter(({ check }) => check === 'key');
  return [
    ok('api', `${api.url} answers`),
    ...checks.filter(({ check }) => check !== 'key'),
    ...(refused ? [refused] : []),
  ];
}

async function checkVersion({ api, makeCommand }: Context): Promise<Check[]> {
  const { info } = await api.get(OpenApiDocument, '/openapi.json');
  if (info.version === VERSION)
    return [ok('version', `${info.title} ${info.version}, the version of this program`)];
  return [
    warn(
      'version',
      `the API is ${info.version}, this program ${VERSION}`,
      `Bring both to one version: git pull, make build, ${makeCommand('restart')}`,
    ),
  ];
}

async function checkReady({ api, makeCommand }: Context): Promise<Check[]> {
  try {
    const { replicas } = await api.get(Health, '/health/ready');
    return [
      ok('queue', 'the API reaches queue and database, and can read the published data'),
      ...checkReplicas(replicas),
    ];
  } catch (error) {
    if (!(error instanceof ApiProblemError) || error.problem.code !== 'not-ready') throw error;
    const todo = error.hint ?? logsHint(makeCommand);
    const checkFor = (part: 'queue' | 'database') =>
      error.message.includes(part) ? [fail(part, `the API says: ${error.message}`, todo)] : [];
    const checks = [...checkFor('queue'), ...checkFor('database')];
    return checks.length > 0 ? checks : [fail('api', `it says: ${error.message}`, todo)];
  }
}

/** Warns of replicas that answer no requests. */
function checkReplicas(replicas: Health['replicas'] = []): Check[] {
  if (replicas.length === 0) return [];
  const count = (state: (typeof replicas)[number]) =>
    replicas.filter((each) => each === state).length;
  const summary = `${count('used')} of ${replicas.length} answer requests`;
  if (count('used') === replicas.length) return [ok('replicas', summary)];
  return [
    warn(
      'replicas',
      `${summary}; ${count('behind')} behind, ${count('out')} out: other servers answer in their place`,
      'Recreate a replica that stays so: see Replicas in docs/operating.md',
    ),
  ];
}

async function checkData(context: Context): Promise<Check[]> {
  const freshness = await readFreshness(context);
  if (freshness.isEmpty)
    return [
      warn(
        'data',
        'there is no data yet',
        freshness.running === null
          ? 'Download it: marquee update'
          : `A run is in progress: marquee runs watch ${freshness.running.id}`,
      ),
    ];
  const staleness = stalenessOf(freshness);
  return [
    staleness === null
      ? ok('data', `updated at ${localTime(freshness.updatedAt)}`)
      : warn('data', staleness, 'marquee update; or each day by itself, with UPDATE_SCHEDULE'),
  ];
}

async function checkRuns({ api, makeCommand }: Context): Promise<Check[]> {
  const [last] = (await api.get(FullRunPage, '/runs', { limit: 1 })).items;
  if (last === undefined) return [];
  if (last.state === 'running')
    return [ok('runs', `the ${last.kind} of ${localTime(last.requestedAt)} is in progress`)];
  if (last.state === 'failed' && last.error?.code !== 'cancelled')
    return [
      warn(
        'runs',
        `the last ${last.kind} failed: ${last.error?.message ?? 'unknown reason'}`,
        last.error?.hint ?? `See ${makeCommand('logs')}.`,
      ),
    ];
  return [
    ok('runs', `the last ${last.kind} ${last.state === 'failed' ? 'was cancelled' : last.state}`),
  ];
}

/** The check for a request that failed. @throws errors that are not for people */
function failedCheck({ makeCommand }: Context, check: Check['check'], error: unknown): Check {
  if (!(error instanceof UserError)) throw error;
  const todo = error.hint ?? logsHint(makeCommand);
  return fail(exitCodeOf(error) === EXIT.refused ? 'key' : check, error.message, todo);
}

function logsHint(makeCommand: Context['makeCommand']): string {
  return `See ${makeCommand('ps')} and ${makeCommand('logs')}.`;
}
