import { z } from 'zod';
import { NameBasic } from './catalogue.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { searchText, wholeNumber } from './parameter.ts';
import { NameId, TitleId } from './row.ts';
import { episodeOf, ListedTitle } from './titles.ts';

/**
 * How a result matches the search text: equal, starts with it, has all its words, has similar words.
 * Spaces do not matter for the first two.
 */
export const MATCHES = ['exact', 'prefix', 'words', 'near'] as const;
export type Match = (typeof MATCHES)[number];

/** Kinds of search results. */
export const SEARCH_KINDS = ['title', 'name'] as const;

/**
 * Maximum number of results of a search: deeper results are better reached by a narrower search.
 */
export const MAX_SEARCH_RESULTS = 200;

const q = searchText().meta({
  description: `Search text; case, accents and punctuation are ignored. An IMDb id or address finds what it is of. Pages and streams hold at most the ${MAX_SEARCH_RESULTS} best matches`,
  example: 'winter',
});
const kind = z
  .enum(SEARCH_KINDS, `expected ${SEARCH_KINDS.join(' or ')}`)
  .optional()
  .meta({ description: 'Only titles, or only names', example: 'title' });
const match = z.enum(MATCHES).meta({
  description:
    'How it matches the search text. exact: equal, but for spaces; prefix: starts with it; words: has all its words; near: has similar words',
  example: 'exact',
});

/** A title or a name that matches the search text. */
export const SearchResult = z
  .object({
    kind: z.enum(SEARCH_KINDS).meta({ description: 'Kind of the result', example: 'title' }),
    id: z.union([TitleId, NameId]).meta({ description: 'tconst or nconst', example: 'tt0000001' }),
    match,
    matched: z.string().meta({
      description: 'The matching text in normal form: lower case, no accents, no punctuation',
      example: 'the long winter',
    }),
    title: ListedTitle.nullable().meta({ description: 'The title; null for a name' }),
    name: NameBasic.nullable().meta({ description: 'The name; null for a title' }),
  })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof SearchResult>;

/** Parameters of `GET /search`; unknown ones are rejected. */
export const SearchQuery = z.strictObject({ q, kind, ...listParameters(keysOf(SearchResult)) });
export type SearchQuery = z.infer<typeof SearchQuery>;

/** Response of `GET /search`: at most {@link MAX_SEARCH_RESULTS} results on all pages. */
export const SearchPage = listPage(SearchResult)
  .extend({
    didYouMean: z.string().optional().meta({
      description:
        'The search text as it should be spelt, in normal form; only if the best match has similar words',
      example: 'the long winter',
    }),
  })
  .meta({ id: 'SearchPage' });
export type SearchPage = z.infer<typeof SearchPage>;

/** An entry of the list below a search box. */
export const Suggestion = z
  .object({
    kind: z.enum(SEARCH_KINDS).meta({ description: 'Kind of the result', example: 'title' }),
    id: z.union([TitleId, NameId]).meta({ description: 'tconst or nconst', example: 'tt0000001' }),
    text: z
      .string()
      .nullable()
      .meta({ description: 'The primary title or name', example: 'The Long Winter' }),
    match,
    matched: z.string().meta({
      description: 'The matching text in normal form: lower case, no accents, no punctuation',
      example: 'the long winter',
    }),
    titleType: z
      .string()
      .nullable()
      .meta({ description: 'Title type; null for a name', example: 'movie' }),
    startYear: z
      .int()
      .nullable()
      .meta({ description: 'Start year; null for a name', example: 1977 }),
    numVotes: z
      .int()
      .nullable()
      .meta({ description: 'Number of votes; null for a name', example: 12345 }),
    episodeOf,
  })
  .meta({ id: 'Suggestion' });
export type Suggestion = z.infer<typeof Suggestion>;

/** Parameters of `GET /suggest`; unknown ones are rejected. */
export const SuggestQuery = z.strictObject({
  q: q.meta({ description: 'Text typed so far', example: 'wint' }),
  kind,
  limit: wholeNumber(1, 20)
    .default(10)
    .meta({ description: 'Maximum number of suggestions', example: 10 }),
});
export type SuggestQuery = z.infer<typeof SuggestQuery>;

/** Response of `GET /suggest`. */
export const Suggestions = z
  .object({ items: z.array(Suggestion).meta({ description: 'The suggestions, the best first' }) })
  .meta({ id: 'Suggestions' });
export type Suggestions = z.infer<typeof Suggestions>;
