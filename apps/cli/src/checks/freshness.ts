import { Published, type Run } from '@marquee/contract';
import { duration, localTime } from '@marquee/terminal/format';
import type { Context } from '../context/context.ts';
import { FullRunPage } from '../context/run-page.ts';

const STALE_AFTER_SECONDS = 24 * 3600;

/** How current the published data is. */
export interface Freshness {
  readonly isEmpty: boolean;
  /** The last successful update, or else the last publish; null if there was none. */
  readonly updatedAt: string | null;
  /** The run in progress. */
  readonly running: Run | null;
}

export async function readFreshness({ api }: Context): Promise<Freshness> {
  const [{ datasets }, { items }] = await Promise.all([
    api.get(Published, '/published'),
    api.get(FullRunPage, '/runs', { limit: 10 }),
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

/** A sentence about data that is older than a day; null for newer data. */
export function stalenessOf({ updatedAt }: Freshness): string | null {
  if (updatedAt === null) return null;
  const seconds = (Date.now() - Date.parse(updatedAt)) / 1000;
  return seconds > STALE_AFTER_SECONDS
    ? `The last successful update was ${duration(seconds)} ago, at ${localTime(updatedAt)}.`
    : null;
}
