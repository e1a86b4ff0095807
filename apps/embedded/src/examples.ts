import { FoundNamePage, FoundTitlePage } from '@marquee/contract';
import type { ApiClient } from './api-client.ts';

/** A film that is in the data; undefined where there is none. */
export async function exampleTitle(api: ApiClient, signal: AbortSignal) {
  return FoundTitlePage.safeParse(await api.get('/titles?titleType=movie&limit=1', signal)).data?.items[0];
}

/** Prints requests to try, with ids and values that are in the data, each of which has just been answered. */
export async function printExamples(api: ApiClient, title: Awaited<ReturnType<typeof exampleTitle>>, signal: AbortSignal): Promise<void> {
  const names = FoundNamePage.safeParse(await api.get('/names?profession=director&limit=1', signal));
  const name = names.data?.items[0];
  const paths = [
    title && `/titles/${title.tconst}`,
    title && `/titles?${new URLSearchParams({ titleType: 'movie', ...(title.genres?.[0] && { genre: title.genres[0] }), limit: '3' }).toString()}`,
    name && `/names/${name.nconst}`,
  ].filter((path) => path !== undefined);
  console.log('Try:');
  for (const path of paths) if ((await api.get(path, signal)) !== null) console.log(`  curl '${api.url}${path}'`);
}
