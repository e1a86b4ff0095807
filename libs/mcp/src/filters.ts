import { TITLE_FILTERS } from '@marquee/contract';
import { z } from 'zod';

type Argument = z.ZodOptional<z.ZodNumber | z.ZodBoolean | z.ZodString>;

/** All filters of titles as arguments: numbers and booleans as such, lists as texts with commas. */
export const FILTER_ARGUMENTS = Object.fromEntries(
  Object.entries(TITLE_FILTERS).map(([name, schema]) => [name, argumentOf(schema)]),
) as Record<keyof typeof TITLE_FILTERS, Argument>;

function argumentOf(schema: z.ZodType): Argument {
  const { description = '', example } = schema.meta() ?? {};
  const type =
    typeof example === 'number'
      ? z.number()
      : example === 'true' || example === 'false'
        ? z.boolean()
        : z.string().max(500);
  return type.optional().describe(description);
}
