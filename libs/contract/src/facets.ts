import { z } from 'zod';

const Facet = z
  .object({ value: z.string().meta({ example: 'Drama' }), count: z.int().meta({ example: 1234 }) })
  .meta({ id: 'Facet', description: 'A value, and how many have it' });
export type Facet = z.infer<typeof Facet>;

const facet = (what: string) => z.array(Facet).meta({ description: `${what}, the most frequent first` });

/** What `GET /facets` answers. */
export const Facets = z
  .object({
    titles: z.int().meta({ description: 'How many titles pass the filter' }),
    exact: z.boolean().meta({ description: 'Whether all of them were counted. Of very many, some are counted, and the rest is reckoned from them' }),
    types: facet('Types'),
    genres: facet('Genres'),
    regions: facet('Regions in which titles have a name of their own'),
    languages: facet('Languages in which titles have a name'),
    professions: z.array(Facet).nullable().meta({ description: 'Professions of all people, the most frequent first; null with a filter, which is one of titles' }),
  })
  .meta({ id: 'Facets' });
export type Facets = z.infer<typeof Facets>;
