import { z } from 'zod';

/**
 * Every error answer: RFC 9457 problem details, with a code that stays and a hint at what to do.
 */
export const Problem = z
  .object({
    type: z
      .string()
      .meta({ description: 'Names the kind of problem', example: 'urn:marquee:problem:not-found' }),
    title: z.string().meta({ description: "The status's own words", example: 'Not Found' }),
    status: z.int().meta({ description: 'The HTTP status', example: 404 }),
    code: z.string().meta({ description: 'A stable word for programs', example: 'not-found' }),
    detail: z.string().meta({
      description: 'What we got, and what was expected',
      example: 'No title has the id tt9999999.',
    }),
    hint: z
      .string()
      .optional()
      .meta({ description: 'What to do about it', example: 'Ids come from GET /titles.' }),
    faults: z
      .array(z.object({ where: z.string(), what: z.string() }))
      .optional()
      .meta({ description: 'For bad input: each fault, by parameter' }),
    runId: z.string().optional().meta({ description: 'The run that stands in the way' }),
    requestId: z.string().meta({
      description: 'To find the request in the log',
      example: '0b5f1f0e-6f0a-4c55-9a3e-2f1c7f0d9a11',
    }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
