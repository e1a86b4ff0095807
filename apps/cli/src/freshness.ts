import { Published, type Run } from '@marquee/contract';
import { confirm } from '@inquirer/prompts';
import { Runs } from './commands/runs.ts';
import { updateAndFollow } from './commands/update.ts';
import type { Context } from './context.ts';
import { duration, localTime } from './figures.ts';
import { EXIT, CliFault } from './faults.ts';

const OLD_AFTER_SECONDS = 24 * 3600;

/** How current what is published is. */
export interface Freshness {
  readonly isEmpty: boolean;
  /** The last successful update, or else the last publish; null where there was none. */
  readonly updatedAt: string | null;
  /** The run that goes now. */
  readonly running: Run | null;
}

export async function readFreshness({ api }: Context): Promise<Freshness> {
  const [{ datasets }, { items }] = await Promise.all([
    api.get(Published, '/published'),
    api.get(Runs, '/runs', { limit: 10 }),
  ]);
  const updated = items.find(
    ({ kind, state }) => kind === 'update' && state === 'succeeded',
  )?.endedAt;
  const published = datasets
    .flatMap(({ publishedAt }) => publishedAt ?? [])
    .sort()
    .at(-1);
  return {
    isEmpty: datasets.every(({ status }) => status === 'empty'),
    updatedAt: updated ?? published ?? null,
    running: items.find(({ state }) => state === 'running') ?? null,
  };
}

/** Since when the data is as it is, where that is too long. */
export function ageOf({ updatedAt }: Freshness): string | null {
  if (updatedAt === null) return null;
  const seconds = (Date.now() - Date.parse(updatedAt)) / 1000;
  return seconds > OLD_AFTER_SECONDS
    ? `The last successful update was ${duration(seconds)} ago, at ${localTime(updatedAt)}.`
    : null;
}

/**
 * Before something is read: says where there is no data yet, or old data, and offers to fetch. Asks
 * only where somebody is there to answer.
 */
export async function offerUpdate(context: Context): Promise<void> {
  const { out, mayAsk, saysYes } = context;
  const freshness = await readFreshness(context).catch((error: unknown) => {
    // whether that matters is for the command itself to find out
    if (error instanceof CliFault && error.exitCode !== EXIT.unreachable) return null;
    throw error;
  });
  if (freshness === null) return;
  const what = freshness.isEmpty ? 'There is no data yet.' : ageOf(freshness);
  if (what === null) return;
  if (freshness.running !== null) {
    out.note(`${what} A run is going: marquee runs watch ${freshness.running.id}`);
    return;
  }
  const question = freshness.isEmpty
    ? "Fetch it now? IMDb's files are 2 GB, and fill 40 GB of database."
    : 'Update now?';
  if (!mayAsk && !saysYes) {
    out.note(`${what} To ${freshness.isEmpty ? 'fetch it' : 'update'}: marquee update`);
    return;
  }
  out.note(what);
  if (
    saysYes ||
    (await confirm(
      { message: question, default: false },
      { signal: context.signal, output: process.stderr },
    ))
  )
    await updateAndFollow(context, {});
}
