import { CreditPage, FoundTitlePage } from '@marquee/contract';
import type { ApiClient } from '../api-client.ts';

/** The best known film in the data; undefined where there is none. */
export async function exampleTitle(api: ApiClient, signal: AbortSignal) {
  return FoundTitlePage.safeParse(
    await api.get('/titles?titleType=movie&isAdult=false&limit=1', signal),
  ).data?.items[0];
}

/**
 * Prints requests to try, of a title, titles like it and its lead, each of which has just been
 * answered.
 */
export async function printExamples(
  api: ApiClient,
  title: Awaited<ReturnType<typeof exampleTitle>>,
  signal: AbortSignal,
): Promise<void> {
  const cast =
    title &&
    CreditPage.safeParse(
      await api.get(`/titles/${title.tconst}/credits?category=actor,actress&limit=1`, signal),
    );
  const lead = cast?.data?.items[0];
  const paths = [
    title && `/titles/${title.tconst}`,
    title &&
      `/titles?${new URLSearchParams({ titleType: 'movie', ...(title.genres?.[0] && { genre: title.genres[0] }), limit: '3' }).toString()}`,
    lead && `/names/${lead.nconst}`,
  ].filter((path) => path !== undefined);
  console.log('Try:');
  for (const path of paths)
    if ((await api.get(path, signal)) !== null) console.log(`  curl '${api.url}${path}'`);
}
