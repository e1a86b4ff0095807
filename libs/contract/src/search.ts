import { z } from 'zod';
import { NameBasic } from './catalogue.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { text, wholeNumber } from './parameter.ts';
import { NameId, TitleId } from './row.ts';
import { episodeOf, ListedTitle } from './titles.ts';

/**
 * How something was found: it is called so, begins so, has all the words, or words that are near to
 * them; in this order.
 */
export const MATCHES = ['exact', 'prefix', 'words', 'near'] as const;
export type Match = (typeof MATCHES)[number];

/** What can be found by its text. */
export const SEARCH_KINDS = ['title', 'name'] as const;

/** So many can be found, at most: who looks further down asks for something else. */
export const MAX_SEARCH_RESULTS = 200;

const q = text(200).meta({
  description: `What to look for; case, accents and punctuation do not matter. The ${MAX_SEARCH_RESULTS} that fit best are all that is found, on all pages and in streams`,
  example: 'the long winter',
});
const kind = z
  .enum(SEARCH_KINDS, `expected ${SEARCH_KINDS.join(' or ')}`)
  .optional()
  .meta({ description: 'Only titles, or only names', example: 'title' });
const match = z.enum(MATCHES).meta({
  description:
    'How it was found: it is called so, begins so, has all the words, or words that are near to them',
  example: 'exact',
});

/** A title or a name that was found. */
export const SearchResult = z
  .object({
    kind: z.enum(SEARCH_KINDS).meta({ description: 'What it is', example: 'title' }),
    id: z.union([TitleId, NameId]).meta({ description: 'Its id', example: 'tt0000001' }),
    match,
    matched: z.string().meta({
      description:
        'The text that was found, as texts are compared: small letters, no accents, no punctuation',
      example: 'the long winter',
    }),
    title: ListedTitle.nullable().meta({ description: 'The title; null for a name' }),
    name: NameBasic.nullable().meta({ description: 'The name; null for a title' }),
  })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof SearchResult>;

/** Parameters of `GET /search`; unknown ones are refused. */
export const SearchQuery = z.strictObject({ q, kind, ...listParameters(keysOf(SearchResult)) });
export type SearchQuery = z.infer<typeof SearchQuery>;

/** What `GET /search` answers: a list of at most {@link MAX_SEARCH_RESULTS}. */
export const SearchPage = listPage(SearchResult).meta({ id: 'SearchPage' });
export type SearchPage = z.infer<typeof SearchPage>;

/** What to show below a search box. */
export const Suggestion = z
  .object({
    kind: z.enum(SEARCH_KINDS).meta({ description: 'What it is', example: 'title' }),
    id: z.union([TitleId, NameId]).meta({ description: 'Its id', example: 'tt0000001' }),
    text: z
      .string()
      .nullable()
      .meta({ description: 'The primary title or name', example: 'The Long Winter' }),
    match,
    matched: z.string().meta({
      description:
        'The text that was found, as texts are compared: small letters, no accents, no punctuation',
      example: 'the long winter',
    }),
    titleType: z
      .string()
      .nullable()
      .meta({ description: 'Kind of title; null for a name', example: 'movie' }),
    startYear: z
      .int()
      .nullable()
      .meta({ description: 'Year of release; null for a name', example: 1977 }),
    numVotes: z
      .int()
      .nullable()
      .meta({ description: 'Votes of a title; null for a name', example: 12345 }),
    episodeOf,
  })
  .meta({ id: 'Suggestion' });
export type Suggestion = z.infer<typeof Suggestion>;

/** Parameters of `GET /suggest`; unknown ones are refused. */
export const SuggestQuery = z.strictObject({
  q: q.meta({ description: 'What has been typed so far', example: 'the long w' }),
  kind,
  limit: wholeNumber(1, 20)
    .default(10)
    .meta({ description: 'How many to answer with at the most', example: 10 }),
});
export type SuggestQuery = z.infer<typeof SuggestQuery>;

/** What `GET /suggest` answers. */
export const Suggestions = z.object({ items: z.array(Suggestion) }).meta({ id: 'Suggestions' });
export type Suggestions = z.infer<typeof Suggestions>;
