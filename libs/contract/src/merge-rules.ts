import { z } from 'zod';
import { MERGED_FIELDS, type MergedField } from './movies.ts';

const emptyCounts = z.boolean().optional().meta({
  description:
    'Whether a source that has the field as empty makes it empty; otherwise such a source is passed over',
  example: false,
});

/** How the value of a field is chosen from the records of a movie. */
export const MergeRule = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('priority'),
      sources: z
        .array(z.string().min(1).max(100))
        .max(100)
        .meta({
          description:
            'Ids of sources, the first before all others; those not named follow in their own order',
          example: ['imdb', 'movies-metadata'],
        }),
      emptyCounts,
    }),
    z.strictObject({ kind: z.literal('newest'), emptyCounts }),
    z.strictObject({ kind: z.literal('most-complete'), emptyCounts }),
    z.strictObject({ kind: z.literal('most-votes'), emptyCounts }),
    z.strictObject({
      kind: z.literal('union'),
      limit: z
        .int()
        .positive()
        .max(1000)
        .optional()
        .meta({ description: 'Maximum number of entries; without it, 1000', example: 300 }),
    }),
    z.strictObject({
      kind: z.literal('weighted-mean'),
      cap: z.int().positive().meta({
        description: 'Number of votes above which a rating weighs no more',
        example: 100_000,
      }),
      weights: z.record(z.string(), z.number().nonnegative().max(1000)).meta({
        description: 'Weights of sources, by id; 1 for those not named, 0 leaves one out',
        example: { imdb: 1 },
      }),
      of: z
        .array(z.enum(['audience', 'critics', 'own']))
        .min(1)
        .meta({
          description: 'Kinds of ratings that count; C-ratings have no kinds, and all count',
          example: ['audience', 'critics'],
        }),
    }),
  ])
  .meta({
    id: 'MergeRule',
    example: { kind: 'priority', sources: ['imdb', 'movies-metadata'] },
    description:
      'priority: the first source that has it; newest: the newest delivery; most-complete: the longest list, or the record with most fields; most-votes: the record with most votes; union: the entries of all; weighted-mean: the mean, weighted by votes',
  });
export type MergeRule = z.infer<typeof MergeRule>;
export type MergeRuleKind = MergeRule['kind'];

const ONE = ['priority', 'newest', 'most-complete', 'most-votes'] as const;

/** The kinds of rules that fields other than those with one value have. */
const OTHER_KINDS: Partial<Record<MergedField, readonly MergeRuleKind[]>> = {
  names: [...ONE, 'union'],
  genres: [...ONE, 'union'],
  countries: [...ONE, 'union'],
  languages: [...ONE, 'union'],
  people: [...ONE, 'union'],
  companies: [...ONE, 'union'],
  ids: ['union'],
  ratings: ['union'],
  rating: ['weighted-mean'],
  cRatings: ['weighted-mean'],
};

/** The kinds of rules that a field can have. */
export function ruleKindsOf(field: MergedField): readonly MergeRuleKind[] {
  return OTHER_KINDS[field] ?? ONE;
}

const ruleOf = (field: MergedField) =>
  MergeRule.refine(({ kind }) => ruleKindsOf(field).includes(kind), {
    error: ({ input }) =>
      `${field} cannot have a rule of kind ${(input as MergeRule).kind}; expected ${ruleKindsOf(field).join(', ')}`,
  });

/** A rule for each field. A rule that its field cannot have is refused. */
export const MergeRules = z.strictObject(
  Object.fromEntries(MERGED_FIELDS.map((field) => [field, ruleOf(field)])) as Record<
    MergedField,
    ReturnType<typeof ruleOf>
  >,
);
export type MergeRules = z.infer<typeof MergeRules>;
