import { z } from 'zod';
import { MAX_SEARCH_RESULTS } from './search.ts';

const Facet = z
  .object({
    value: z.string().meta({ description: 'The value, as filters take it', example: 'Drama' }),
    count: z.int().meta({ description: 'Number of titles or people with it', example: 1234 }),
    precision: z.enum(['exact', 'approximate', 'atLeast']).meta({
      description:
        'exact: all were counted; approximate: extrapolated from a sample; atLeast: counted among the best search results, of which there may be more',
      example: 'exact',
    }),
  })
  .meta({ id: 'Facet', description: 'A value, and the number of titles or people with it' });
export type Facet = z.infer<typeof Facet>;

const facet = (what: string) =>
  z.array(Facet).meta({ description: `${what}, most frequent first` });

const types = facet('Types');
const regions = facet('Regions for which titles have their own name');
const languages = facet('Languages of the names of titles');

/** Response of `GET /facets`. */
export const Facets = z
  .object({
    titles: z.int().meta({
      description:
        'Number of titles that match the filters; with `q`, number of search results counted',
      example: 622,
    }),
    exact: z.boolean().meta({
      description:
        'Whether `titles` is exact. For very large sets it is extrapolated from a sample; with `q` only the best search results are counted',
      example: true,
    }),
    ofFirst: z
      .int()
      .nullable()
      .meta({
        description: `Number of best search results counted if \`q\` finds more: ${MAX_SEARCH_RESULTS}, the limit of GET /titles with \`q\`. Null if it finds fewer, or without \`q\``,
        example: null,
      }),
    types,
    genres: facet('Genres'),
    regions,
    languages,
    professions: z.array(Facet).nullable().meta({
      description:
        'Professions of all people, most frequent first; null with `q` or a filter, as those select titles',
      example: null,
    }),
    alternatives: z
      .object({
        types,
        genres: facet('Genres, without regard to `genreAny`'),
        regions,
        languages,
      })
      .optional()
      .meta({
        description:
          'If requested: the same, each list without regard to its own filter (titleType, genreAny, country, language). It says what another value would find. Requested values have the counts that they have above',
      }),
  })
  .meta({ id: 'Facets' });
export type Facets = z.infer<typeof Facets>;
