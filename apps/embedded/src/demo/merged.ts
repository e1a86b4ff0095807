import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '@marquee/api-client';
import { ListedMoviePage, SourceList } from '@marquee/contract';

/** The made-up sources, and the library of .nfo files, whose definition is shipped. */
const SOURCES = ['my-ratings', 'nfo', 'made-up-critics', 'made-up-box-office'];
/** The movie that all of them tell of, and most people have rated. */
const MERGED = `/movies?source=imdb,${SOURCES.join(',')}&limit=1`;

const POLL_MS = 500;
/** A busy machine takes ten times as long as a quiet one. */
const PATIENCE_MS = 180_000;

/**
 * Waits until the made-up sources are delivered, matched and merged, and prints what came of it.
 * They may be long since, in a demo that is started again.
 */
export async function waitUntilMerged(api: ApiClient, signal: AbortSignal): Promise<void> {
  console.log('Merging the films of four made-up sources …');
  const startedAt = performance.now();
  while (performance.now() - startedAt < PATIENCE_MS) {
    const { items } = await api.get(SourceList, '/sources');
    const ours = items.filter(({ id }) => SOURCES.includes(id));
    const isDone = ours.every(
      ({ lastDelivery, matches }) =>
        lastDelivery !== null && lastDelivery.state !== 'received' && matches.waiting === 0,
    );
    if (ours.length === SOURCES.length && isDone && (await mergedMovieId(api)) !== undefined) {
      const sum = (of: (source: (typeof ours)[number]) => number) =>
        ours.reduce((total, source) => total + of(source), 0).toLocaleString('en-US');
      console.log(
        `Merged ${sum(({ records }) => records)} records of films: ${sum(({ matches }) => matches.matched.records)} matched, ${sum(({ matches }) => matches.doubtful.records)} for you to decide.`,
      );
      return;
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  console.log('The films are not merged yet. GET /sources tells how far they are.');
}

/**
 * The id of the movie that all sources tell of, and most people have rated; undefined before it is
 * merged.
 */
export async function mergedMovieId(api: ApiClient): Promise<string | undefined> {
  return (await api.get(ListedMoviePage, MERGED)).items[0]?.id;
}
