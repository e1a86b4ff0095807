import { Published } from '@marquee/contract';
import type { Context } from './context.ts';

/**
 * Ends what people are shown: says that the data is made up, where it is; else, of a title or a
 * name, where it is at IMDb.
 *
 * @param path such as `title/tt0000001`
 */
export async function showOrigin({ api, out }: Context, path?: string): Promise<void> {
  // what was asked for is there: an API that does not say whose it is, is no reason to fail
  const { isMadeUp, attribution } = await api
    .get(Published, '/published')
    .catch(() => ({ isMadeUp: false, attribution: '' }));
  if (path !== undefined && !isMadeUp) {
    out.line();
    out.line(`https://www.imdb.com/${path}/`, 'dim');
  }
  if (isMadeUp) out.note(attribution);
}
