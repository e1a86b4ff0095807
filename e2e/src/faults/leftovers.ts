import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { jobId, lastJobOf, RunQueue, stepsOf, type RunRequest } from '@marquee/runs';
import type { Pool } from 'pg';
import { waitUntil, type Machine } from './machine.ts';

/** Time limit of the maintenance after a run (counting, cleaning up), in ms. */
export const CLEANUP_MS = 20_000;

/** States of jobs that wait or run. */
const UNFINISHED_STATES = new Set([
  'active',
  'waiting',
  'prioritized',
  'delayed',
  'waiting-children',
  'paused',
  'unknown',
]);

/**
 * Waits until nothing is left over from the last run, which has ended. Then its maintenance is done
 * too.
 *
 * @throws Error listing the leftovers
 */
export async function expectNothingLeft(machine: Machine): Promise<void> {
  let left: string[] = [];
  await waitUntil(
    'nothing is left over',
    async () => {
      left = await findLeftovers(machine);
      return left.length === 0;
    },
    CLEANUP_MS,
  ).catch((error: unknown) => {
    if (left.length > 0) throw new Error(`Left over after the last run:\n  ${left.join('\n  ')}`);
    throw error;
  });
}

/** Describes the leftovers of ended runs; empty if there are none. */
async function findLeftovers(machine: Machine): Promise<string[]> {
  return [
    ...(await inDatabase(machine.pool)),
    ...(await inQueue(machine)),
    ...inFolder(machine.snapshots),
  ];
}

async function inDatabase(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ what: string }>(`
    select format('table %s.%s', schemaname, tablename) as what from pg_tables where schemaname in ('imdb_next', 'imdb_old')
    union all select 'schema imdb_old' from pg_namespace where nspname = 'imdb_old'
    union all select format('ingest.staged has %s', dataset) from ingest.staged
    union all select format('run %s is in state running', id) from ingest.run where state = 'running'
    union all select format('%s is said to be written to by %s', dataset, written_by) from ingest.hand_write
    union all select format('reject in line %s of %s', line, dataset) from ingest.reject
    union all select format('table ingest.%s is no partition', relname) from pg_class
      where relnamespace = 'ingest'::regnamespace and relname like 'change\\_%' and relkind = 'r' and not relispartition
    union all select format('%s is said to have %s rows', d.dataset, d.rows) from ingest.data_control d
      where d.rows <> (xpath('//n/text()', query_to_xml(format('select count(*) as n from imdb.%I', replace(d.dataset, '.', '_')), false, true, '')))[1]::text::bigint
    union all select format('session %s of %s is idle in a transaction: %s', pid, application_name, query) from pg_stat_activity
      where application_name like 'marquee%' and state like 'idle in transaction%' and now() - state_change > interval '2 s'
    union all select format('temporary file %s of PostgreSQL', name) from pg_ls_tmpdir()`);
  return rows.map(({ what }) => what);
}

async function inQueue({ pool, queueUrl }: Machine): Promise<string[]> {
  const { rows: runs } = await pool.query<
    Pick<RunRequest, 'id' | 'kind' | 'datasets'> & { state: string }
  >('select id, kind, datasets, state from ingest.run order by id desc limit 4');
  const queue = new RunQueue(queueUrl, () => undefined);
  try {
    const found: string[] = [];
    for (const run of runs) {
      const jobs: { job: 'download' | 'load' | 'publish' | 'record'; dataset?: DatasetName }[] = [
        ...stepsOf(run),
        { job: lastJobOf(run) },
      ];
      for (const { job: name, dataset } of jobs) {
        const job = await queue.job(
          name === 'download' ? 'downloader' : 'loader',
          jobId(run.id, name, dataset),
        );
        const state = (await job?.getState()) ?? 'forgotten';
        const isWrong =
          UNFINISHED_STATES.has(state) || (state === 'failed' && run.state === 'succeeded');
        if (isWrong)
          found.push(
            `job ${name} ${dataset ?? ''} of run ${run.id}, which is ${run.state}, is ${state}: ${job?.failedReason ?? ''}`,
          );
      }
    }
    return found;
  } finally {
    await queue.close();
  }
}

/** A snapshot is a folder of two or three files; nothing else may be in the store. */
function inFolder(snapshots: string): string[] {
  const found = readdirSync(snapshots).filter(
    (name) => !DATASET_NAMES.some((dataset) => dataset === name),
  );
  for (const dataset of DATASET_NAMES) {
    for (const name of readdirSync(join(snapshots, dataset))) {
      const inside = readdirSync(join(snapshots, dataset, name));
      if (name === '.incoming' ? inside.length > 0 : inside.length !== 2 && inside.length !== 3)
        found.push(`${dataset}/${name} with ${inside.join(', ')}`);
    }
  }
  return found;
}
