import { z } from 'zod';
import { MergeRule } from './merge-rules.ts';
import { MERGED_FIELDS } from './movies.ts';
import { flag } from './parameter.ts';

/** The field in the path of `/rules/{field}`. */
export const RulePath = z.object({
  field: z
    .enum(MERGED_FIELDS, `expected one of ${MERGED_FIELDS.join(', ')}`)
    .meta({ description: 'Name of a field of movies', example: 'year' }),
});
export type RulePath = z.infer<typeof RulePath>;

/** Parameters of `PUT /rules/{field}` and `DELETE /rules/{field}`; unknown ones are rejected. */
export const RuleOptions = z.strictObject({
  dryRun: flag.prefault('false').meta({
    description: 'true: only answer how many movies would be merged again',
    example: 'true',
  }),
});
export type RuleOptions = z.infer<typeof RuleOptions>;

/** The rule of a field. */
export const FieldRule = z
  .object({
    field: z.enum(MERGED_FIELDS).meta({ description: 'Name of the field', example: 'year' }),
    rule: MergeRule,
    shipped: MergeRule,
    isOwn: z.boolean().meta({
      description: 'Whether it was set here, in place of the shipped one',
      example: false,
    }),
    version: z.int().meta({
      description:
        'Of a shipped rule, the version of all of them; of another, raised by each change',
      example: 1,
    }),
    setAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When it was set; null for a shipped one', example: null }),
    setBy: z
      .string()
      .nullable()
      .meta({ description: 'Who has set it; null for a shipped one', example: null }),
  })
  .meta({ id: 'FieldRule' });
export type FieldRule = z.infer<typeof FieldRule>;

/** Response of `GET /rules`. */
export const RuleList = z
  .object({ items: z.array(FieldRule).meta({ description: 'The rule of each field' }) })
  .meta({ id: 'RuleList' });
export type RuleList = z.infer<typeof RuleList>;

/** Response of a change of a rule. */
export const RuleChange = FieldRule.extend({
  movies: z.int().nullable().meta({
    description:
      'Of a dry run, the number of movies that would be merged again: more than one source has the field. Otherwise null, as counting takes seconds',
    example: 120,
  }),
  isDryRun: z.boolean().meta({ description: 'Whether nothing was changed', example: false }),
}).meta({ id: 'RuleChange' });
export type RuleChange = z.infer<typeof RuleChange>;
