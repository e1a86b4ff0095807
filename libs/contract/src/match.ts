import { z } from 'zod';
import { imdbIdOf } from './imdb-id.ts';
import { MovieId } from './movies.ts';
import { searchText, text, wholeNumber } from './parameter.ts';
import { ListedTitle } from './titles.ts';
import { wordsOf } from './vocabularies.ts';

/** How the name of a candidate compares with the requested one, best first. */
export const TITLE_MATCHES = ['id', 'exact', 'article', 'aka', 'near'] as const;
export type TitleMatchKind = (typeof TITLE_MATCHES)[number];

/** Below this score, the best candidate is doubtful. */
export const SURE_SCORE = 0.75;
/** The best candidate is doubtful too if the second is nearer than this. */
export const SURE_LEAD = 0.06;

/** An id that a source gives: of IMDb, or with the name of who gives it. */
const GIVEN_ID = /^([a-z][a-z\d-]{0,29}):(\S{1,100})$/u;

/** An id that the description of a title gives. */
export interface GivenId {
  /** Who gives it, such as imdb or tmdb; marquee for one of ours. */
  readonly kind: string;
  readonly id: string;
}

/** Ids separated by commas, or as an object by who gives them. */
const ids = z.preprocess(
  (given) =>
    typeof given === 'object' && given !== null && !Array.isArray(given)
      ? Object.entries(given)
          .filter(([, id]) => id !== null && id !== '')
          .map(([kind, id]) => `${kind}:${String(id)}`)
          .join(',')
      : given,
  text(500).transform((value, context): GivenId[] =>
    value.split(',').map((one) => {
      const id = givenIdOf(one.trim());
      if (id !== null) return id;
      const message = `expected ids such as tt0000001, mq1 or tmdb:862, got ${JSON.stringify(one)}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),
  ),
);

/** An id from its text: a bare number is not an id, except after `imdb:`. */
function givenIdOf(given: string): GivenId | null {
  const own = /^mq\d{1,18}$/iu.exec(given);
  if (own !== null) return { kind: 'marquee', id: given.toLowerCase() };
  const [, kind = '', id = ''] = GIVEN_ID.exec(given) ?? [];
  const imdb = imdbIdOf(kind === 'imdb' && /^\d+$/u.test(id) ? `tt${id.padStart(7, '0')}` : given);
  if (imdb !== null && (kind === '' || kind === 'imdb' || kind.startsWith('http')))
    return imdb.kind === 'title' ? { kind: 'imdb', id: imdb.id } : null;
  return kind === '' || kind === 'imdb' ? null : { kind, id };
}

/** The description of a title by another source. */
const DESCRIPTION = {
  title: searchText().optional().meta({
    description:
      'The title as another source has it: with its year in brackets, its article at the end, or another name in brackets',
    example: 'The Comet Affair',
  }),
  year: wholeNumber(1800, 2200).optional().meta({
    description: 'The year; for a series, any year in which it ran',
    example: 2013,
  }),
  titleType: wordsOf('titleType').optional().meta({
    description: 'Only titles of one of these types, comma-separated',
    example: 'movie,tvMovie',
  }),
  type: wordsOf('titleType')
    .optional()
    .meta({ description: 'The same as `titleType`', example: 'movie' }),
  director: text(200).optional().meta({ description: 'The name of a director' }),
  runtimeMinutes: wholeNumber(1, 100_000)
    .optional()
    .meta({ description: 'The length in minutes', example: 104 }),
  ids: ids.optional().meta({
    description:
      'Ids that the source gives, comma-separated: of IMDb, of marquee, or with who gives them; one that is known decides alone',
    example: 'tmdb:862',
  }),
  limit: wholeNumber(1, 20)
    .default(3)
    .meta({ description: 'Maximum number of candidates', example: 3 }),
};

/** Rejects a description of which nothing could be found. */
function hasTitle(
  { title, ids: given }: { readonly title?: string | undefined; readonly ids?: unknown },
  context: z.RefinementCtx,
): void {
  if (title === undefined && given === undefined)
    context.addIssue({ code: 'custom', path: ['title'], message: 'expected a value, got none' });
}

/** Parameters of `GET /match`; unknown ones are rejected. */
export const MatchQuery = z.strictObject(DESCRIPTION).superRefine(hasTitle);
export type MatchQuery = z.infer<typeof MatchQuery>;

/** A label that a line carries to its answer. */
const ref = z
  .union([z.string().max(200), z.number(), z.null()])
  .optional()
  .meta({ description: 'Returned with the answer', example: 'a-17' });

/** A line of `POST /match`: null is the same as a missing field. */
export const MatchLine = z
  .strictObject({
    ...DESCRIPTION,
    names: z
      .array(searchText())
      .max(20, 'expected at most 20 names')
      .optional()
      .meta({ description: 'Other names of the title' }),
    ref,
  })
  .superRefine(hasTitle);
export type MatchLine = z.infer<typeof MatchLine>;

/** How sure a match is. */
export const TITLE_MATCH_STATES = ['sure', 'doubtful', 'none'] as const;

const Reasons = z.object({
  title: z.enum(TITLE_MATCHES).meta({
    description:
      'id: the text contains its id; exact: equal to its title or original title; article: the same without an article; aka: equal to another name; near: similar',
    example: 'exact',
  }),
  similarity: z
    .number()
    .meta({ description: '1 for an equal name, less for a similar one', example: 1 }),
  matched: z.string().meta({
    description: 'The matching name in normal form',
    example: 'the comet affair',
  }),
  yearDifference: z.int().nullable().meta({
    description:
      'Years between the requested year and that of the title, or the years in which a series ran; null if either is unknown',
    example: 0,
  }),
  runtimeDifference: z.int().nullable().meta({
    description: 'Minutes between the requested length and its own; null if either is unknown',
    example: null,
  }),
  director: z.boolean().nullable().meta({
    description: 'Whether it has the requested director; null if none is requested or known',
    example: null,
  }),
});

/** A movie that may be the requested one. */
export const MatchCandidate = z
  .object({
    score: z.number().meta({ description: '0 to 1, to three decimals', example: 0.985 }),
    reasons: Reasons.meta({ description: 'What the score is made of' }),
    movie: MovieId.meta({ description: 'Id of the movie', example: 'tt0000001' }),
    name: z.string().nullable().meta({ description: 'Its title', example: 'The Comet Affair' }),
    year: z.int().nullable().meta({ description: 'Its year', example: 2013 }),
    type: z.string().nullable().meta({ description: 'Its type', example: 'movie' }),
    title: ListedTitle.nullable().meta({ description: 'Its title of IMDb; null without one' }),
  })
  .meta({ id: 'MatchCandidate' });
export type MatchCandidate = z.infer<typeof MatchCandidate>;

/** Response of `GET /match`. */
export const TitleMatch = z
  .object({
    isDoubtful: z.boolean().meta({
      description: `Whether the first candidate should be checked: there is none, its score is below ${SURE_SCORE}, or the second is nearer than ${SURE_LEAD}`,
      example: false,
    }),
    state: z.enum(TITLE_MATCH_STATES).meta({
      description:
        'sure: the first candidate is it; doubtful: it should be checked; none: no candidate',
      example: 'sure',
    }),
    items: z.array(MatchCandidate).meta({ description: 'Candidates, the best first' }),
  })
  .meta({ id: 'TitleMatch' });
export type TitleMatch = z.infer<typeof TitleMatch>;

/** A line of the response of `POST /match`: candidates, or what is wrong with the line. */
export const MatchedLine = z
  .object({
    line: z.int().meta({ description: 'Number of the line in the request, from 1', example: 1 }),
    ref: ref.meta({ description: 'The `ref` of the line; null without one' }),
    ...TitleMatch.partial().shape,
    error: z
      .object({
        code: z.string().meta({ description: 'Stable code for programs', example: 'bad-input' }),
        detail: z.string().meta({
          description: 'What we got, and what was expected',
          example: 'Invalid request: title: expected a value, got none.',
        }),
      })
      .optional()
      .meta({ description: 'Why this line has no candidates; the others are answered' }),
  })
  .meta({ id: 'MatchedLine' });
export type MatchedLine = z.infer<typeof MatchedLine>;
