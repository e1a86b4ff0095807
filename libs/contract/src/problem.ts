import { z } from 'zod';

/** Body of every error response: RFC 9457 problem details, plus a stable code and a hint. */
export const Problem = z
  .object({
    type: z
      .string()
      .meta({ description: 'URN of the problem type', example: 'urn:marquee:problem:not-found' }),
    title: z.string().meta({ description: 'Reason phrase of the status', example: 'Not Found' }),
    status: z.int().meta({ description: 'The HTTP status', example: 404 }),
    code: z.string().meta({ description: 'Stable code for programs', example: 'not-found' }),
    detail: z.string().meta({
      description: 'What we got, and what was expected',
      example: 'No title has the id tt9999999.',
    }),
    hint: z
      .string()
      .optional()
      .meta({ description: 'What to do next', example: 'Ids come from GET /titles.' }),
    faults: z
      .array(
        z.object({
          where: z.string().meta({ description: 'Parameter or field', example: 'titleType' }),
          what: z.string().meta({
            description: 'What we got, and what was expected',
            example: 'unknown value "film"; did you mean movie?',
          }),
          suggestion: z.string().optional().meta({
            description: 'The name or value that was probably meant',
            example: 'movie',
          }),
        }),
      )
      .optional()
      .meta({ description: 'For invalid input: each fault with its parameter' }),
    runId: z.string().optional().meta({
      description: 'Id of the conflicting run',
      example: '0199aaaa-0000-7000-8000-000000000000',
    }),
    requestId: z.string().meta({
      description: 'Id of the request in the log',
      example: '0b5f1f0e-6f0a-4c55-9a3e-2f1c7f0d9a11',
    }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
