import { SearchPage, type SearchResult } from '@marquee/contract';
import { z } from 'zod';
import { fitting } from '../answer-size.ts';
import { personLine, PersonLine, TitleLine, titleLine, type Item } from '../lines.ts';
import { MORE, tool } from '../tool.ts';

const KINDS = { title: 'title', person: 'name' } as const;

const Found = TitleLine.extend(PersonLine.shape)
  .partial()
  .extend({
    id: z.string(),
    kind: z.enum(['title', 'person']),
    match: z.string().describe('exact, prefix, words (all of them) or near (misspelt)'),
  });

/** Ids of titles and people by words. */
export const search = tool({
  name: 'search',
  title: 'Search titles and people',
  description:
    'Finds titles and people by words of their names, also misspelt, in any language of a title, and by IMDb id or address. Start here: other tools take ids. Best matches first, 10 at a time, 200 at most. No items: nothing is spelt like it; try fewer words. For filters without words use discover.',
  input: z.strictObject({
    query: z.string().min(1).max(200).describe('Words of a title or name, or an IMDb id'),
    kind: z.enum(['title', 'person']).optional().describe('Only titles, or only people'),
    more: MORE,
  }),
  output: {
    items: z.array(Found),
    didYouMean: z.string().optional(),
  },
  answer: async (api, { query, kind, more }) =>
    fitting(10, async (limit) => {
      const page = await api.get(SearchPage, '/search', {
        q: query,
        kind: kind === undefined ? undefined : KINDS[kind],
        limit,
        after: more,
      });
      return {
        items: page.items.map(foundOf),
        didYouMean: page.didYouMean,
        more: page.next ?? undefined,
        note: page.items.length === 0 ? `Nothing is called like “${query}”.` : undefined,
      };
    }),
});

function foundOf({ kind, id = '', match = 'near', title, name }: Item<SearchResult>) {
  return kind === 'name'
    ? { kind: 'person' as const, ...personLine(name ?? { nconst: id }), match }
    : { kind: 'title' as const, ...titleLine(title ?? { tconst: id }), match };
}
