import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '@marquee/contract';
import type { ApiClient } from './api-client.ts';
import { Progress } from './progress.ts';
import { Refusal } from './refusal.ts';

const LOOK_MS = 500;

/**
 * Asks for an update and shows how it goes, until it has ended. Where a run is going already, that one is followed instead.
 *
 * @throws Refusal where the update fails or is not started, with why and what to do
 */
export async function update(api: ApiClient, { force, signal }: { force: boolean; signal: AbortSignal }): Promise<void> {
  const answer = await api.startUpdate(force);
  if ('started' in answer) {
    console.log(`The update runs as ${api.url}/runs/${answer.started}; it goes on when this command is ended.`);
    await follow(api, answer.started, signal);
    return;
  }
  const { detail, hint = '', runId } = answer.refused;
  const inTheWay = runId === undefined ? null : await api.run(runId, signal);
  if (inTheWay === null || inTheWay.state === 'failed') throw new Refusal(`${detail}\n${hint}`);
  console.log(`${detail}\n${hint}`.trimEnd());
  if (inTheWay.state === 'running') await follow(api, inTheWay.id, signal);
}

/** Shows how a run goes until it has ended. */
async function follow(api: ApiClient, id: string, signal: AbortSignal): Promise<void> {
  const progress = new Progress(process.stdout);
  for (;;) {
    const run = await api.run(id, signal);
    progress.show(run);
    if (run.state !== 'running') {
      console.log(outcome(run));
      return;
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** The end of a run in a sentence. */
function outcome(run: Run): string {
  const seconds = run.endedAt === null ? null : (Date.parse(run.endedAt) - Date.parse(run.requestedAt)) / 1000;
  if (run.state === 'succeeded') return `The update is published${seconds === null ? '' : `, ${seconds.toFixed(1)} s after it was asked for`}.`;
  const { error } = run;
  const where = error?.dataset ? ` at ${error.dataset}` : '';
  throw new Refusal(`The update failed${where}: ${error?.message ?? 'for a reason unknown'}\n${error?.hint ?? 'The logs say more: make logs'}`);
}
