import { z } from 'zod';
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

/** The description of a title by another source. */
const DESCRIPTION = {
  title: searchText().meta({
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
  director: text(200).optional().meta({ description: 'The name of a director' }),
  limit: wholeNumber(1, 20)
    .default(3)
    .meta({ description: 'Maximum number of candidates', example: 3 }),
};

/** Parameters of `GET /match`; unknown ones are rejected. */
export const MatchQuery = z.strictObject(DESCRIPTION);
export type MatchQuery = z.infer<typeof MatchQuery>;

/** A label that a line carries to its answer. */
const ref = z
  .union([z.string().max(200), z.number(), z.null()])
  .optional()
  .meta({ description: 'Returned with the answer', example: 'a-17' });

/** A line of `POST /match`: null is the same as a missing field. */
export const MatchLine = z.strictObject({ ...DESCRIPTION, ref });
export type MatchLine = z.infer<typeof MatchLine>;

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
  director: z.boolean().nullable().meta({
    description: 'Whether it has the requested director; null if none is requested or known',
    example: null,
  }),
});

/** A title that may be the requested one. */
export const MatchCandidate = z
  .object({
    score: z.number().meta({ description: '0 to 1, to three decimals', example: 0.985 }),
    reasons: Reasons.meta({ description: 'What the score is made of' }),
    title: ListedTitle.meta({ description: 'The candidate' }),
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
