import { type ApiClient, ApiError, ApiUnreachableError } from '@marquee/api-client';
import { CreditPage, FoundTitlePage } from '@marquee/contract';
import { z } from 'zod';

/** The most popular film in the data; undefined if there is none. */
export async function exampleTitle(api: ApiClient) {
  const page = await tryGet(api, FoundTitlePage, '/titles?titleType=movie&isAdult=false&limit=1');
  return page?.items[0];
}

/**
 * Prints requests to try: a title, titles like it, its lead actor, and a movie of several sources.
 * Each has just been answered.
 */
export async function printExamples(
  api: ApiClient,
  title: Awaited<ReturnType<typeof exampleTitle>>,
  movie: string | undefined,
): Promise<void> {
  const cast =
    title &&
    (await tryGet(
      api,
      CreditPage,
      `/titles/${title.tconst}/credits?category=actor,actress&limit=1`,
    ));
  const lead = cast?.items[0];
  const paths = [
    title && `/titles/${title.tconst}`,
    title &&
      `/titles?${new URLSearchParams({ titleType: 'movie', ...(title.genres?.[0] && { genre: title.genres[0] }), limit: '3' }).toString()}`,
    lead && `/names/${lead.nconst}`,
    movie && `/movies/${movie}?include=provenance`,
  ].filter((path) => path !== undefined);
  console.log('Try:');
  for (const path of paths)
    if ((await tryGet(api, z.object(), path)) !== undefined)
      console.log(`  curl '${api.url}${path}'`);
}

/** The answer to a request; undefined if the API answers with an error. */
async function tryGet<S extends z.ZodType>(
  api: ApiClient,
  schema: S,
  path: string,
): Promise<z.infer<S> | undefined> {
  try {
    return await api.get(schema, path);
  } catch (error) {
    if (error instanceof ApiError && !(error instanceof ApiUnreachableError)) return undefined;
    throw error;
  }
}
