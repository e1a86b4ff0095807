import { Published } from '@marquee/contract';
import type { Context } from '../context/context.ts';

/**
 * Ends the output for people, and adds nothing to JSON: with a note if the data is made up, else with the page at IMDb.
 *
 * @param path of that page, such as `title/tt0000001`
 */
export async function showAttribution({ api, out }: Context, path?: string): Promise<void> {
  if (out.isJson) return;
  // the result is shown already: no reason to fail if the API does not tell the data's origin
  const { isMadeUp, attribution } = await api
    .get(Published, '/published')
    .catch(() => ({ isMadeUp: false, attribution: '' }));
  if (path !== undefined && !isMadeUp) {
    out.line();
    out.line(`https://www.imdb.com/${path}/`, 'dim');
  }
  if (isMadeUp) out.note(attribution);
}
