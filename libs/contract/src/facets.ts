import { z } from 'zod';
import { MAX_SEARCH_RESULTS } from './search.ts';

const Facet = z
  .object({ value: z.string().meta({ example: 'Drama' }), count: z.int().meta({ example: 1234 }) })
  .meta({ id: 'Facet', description: 'A value, and how many have it' });
export type Facet = z.infer<typeof Facet>;

const facet = (what: string) =>
  z.array(Facet).meta({ description: `${what}, the most frequent first` });

/** What `GET /facets` answers. */
export const Facets = z
  .object({
    titles: z.int().meta({
      description: 'How many titles pass the filter, or are counted of those that a text finds',
    }),
    exact: z.boolean().meta({
      description:
        'Whether all of them were counted. Of very many, some are counted, and the rest is reckoned from them; of those that a text finds, only the first ones are counted',
    }),
    ofFirst: z
      .int()
      .nullable()
      .meta({
        description: `How many titles are counted of a text that finds more: those that fit best, and no others. ${MAX_SEARCH_RESULTS}, as many as GET /titles lists of a text; null when it finds fewer, and without a text`,
        example: MAX_SEARCH_RESULTS,
      }),
    types: facet('Types'),
    genres: facet('Genres'),
    regions: facet('Regions in which titles have a name of their own'),
    languages: facet('Languages in which titles have a name'),
    professions: z.array(Facet).nullable().meta({
      description:
        'Professions of all people, the most frequent first; null with a text or a filter, which are of titles',
    }),
  })
  .meta({ id: 'Facets' });
export type Facets = z.infer<typeof Facets>;
