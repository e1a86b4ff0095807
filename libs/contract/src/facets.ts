import { z } from 'zod';
import { MAX_SEARCH_RESULTS } from './search.ts';

const Facet = z
  .object({ value: z.string().meta({ example: 'Drama' }), count: z.int().meta({ example: 1234 }) })
  .meta({ id: 'Facet', description: 'A value, and the number of titles or people with it' });
export type Facet = z.infer<typeof Facet>;

const facet = (what: string) =>
  z.array(Facet).meta({ description: `${what}, most frequent first` });

/** Response of `GET /facets`. */
export const Facets = z
  .object({
    titles: z.int().meta({
      description:
        'Number of titles that match the filters; with `q`, number of search results counted',
    }),
    exact: z.boolean().meta({
      description:
        'Whether every matching title was counted. For very large sets the counts are extrapolated from a sample; with `q` only the best search results are counted',
    }),
    ofFirst: z
      .int()
      .nullable()
      .meta({
        description: `Number of best search results counted if \`q\` finds more: ${MAX_SEARCH_RESULTS}, the limit of GET /titles with \`q\`. Null if it finds fewer, or without \`q\``,
        example: MAX_SEARCH_RESULTS,
      }),
    types: facet('Types'),
    genres: facet('Genres'),
    regions: facet('Regions for which titles have their own name'),
    languages: facet('Languages of the names of titles'),
    professions: z.array(Facet).nullable().meta({
      description:
        'Professions of all people, most frequent first; null with `q` or a filter, as those select titles',
    }),
  })
  .meta({ id: 'Facets' });
export type Facets = z.infer<typeof Facets>;
