import { Published } from '@marquee/contract';
import { UserError } from '@marquee/process';
import type { McpServer, ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { shortened } from './answer-size.ts';
import type { Api } from './api.ts';

/** Adds a tool to a server. */
export type AddTool = (server: McpServer, api: Api) => void;

/** All tools only read, and know nothing but the data of this server. */
const READ_ONLY: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** The argument that continues an answer. */
export const MORE = z
  .string()
  .max(2000)
  .optional()
  .describe('`more` of the last answer, with all other arguments unchanged: the next items');

/** What an error about it says. */
export const EXPECTED_MORE = 'expected `more` of the last answer, or none';

/** An id of a person. */
export const PERSON_ID = z.string().max(200).describe('Id of a person, such as nm0000001');

/** What every answer may have. */
const OF_EVERY_ANSWER = {
  note: z.string().optional().describe('What is missing, and what to do about it'),
  more: z.string().optional().describe('Pass it as `more` for the next items; absent at the end'),
  data: z
    .object({
      day: z.string().optional().describe('Day of the data; absent before the first publish'),
      source: z.string().describe('What to name as the source'),
    })
    .describe('Which data this is'),
};

interface Common {
  readonly note?: string | undefined;
  readonly more?: string | undefined;
}

/** A tool: what it takes and answers, and how it reads that. */
interface ToolDefinition<I extends z.ZodObject, O extends z.core.$ZodLooseShape> {
  readonly name: string;
  readonly title: string;
  /** What it answers, its limits, and what an empty answer means. */
  readonly description: string;
  readonly input: I;
  readonly output: O;
  readonly answer: (api: Api, input: z.infer<I>) => Promise<z.infer<z.ZodObject<O>> & Common>;
}

/** Defines a tool. The answer is JSON, as structured content and as a text for older clients. */
export function tool<I extends z.ZodObject, O extends z.core.$ZodLooseShape>({
  name,
  title,
  description,
  input,
  output,
  answer,
}: ToolDefinition<I, O>): AddTool {
  const outputSchema: z.ZodObject = z.object({ ...output, ...OF_EVERY_ANSWER });
  const inputSchema: z.ZodObject = input;
  return (server, api) => {
    server.registerTool(
      name,
      { title, description, inputSchema, outputSchema, annotations: { title, ...READ_ONLY } },
      async (given) => {
        try {
          const [own, data] = await Promise.all([answer(api, given as z.infer<I>), dataOf(api)]);
          const text = JSON.stringify({ ...shortened(own), data });
          return {
            content: [{ type: 'text', text }],
            // without the fields that are undefined
            structuredContent: JSON.parse(text) as Record<string, unknown>,
          };
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          return { isError: true, content: [{ type: 'text', text: explain(error) }] };
        }
      },
    );
  };
}

/** Which data the API answers from. */
export async function dataOf(api: Api): Promise<{ day: string | undefined; source: string }> {
  const { datasets, attribution } = await api.get(Published, '/published');
  const times = datasets.flatMap(({ fetchedAt }) => fetchedAt ?? []).sort();
  return { day: times.at(-1)?.slice(0, 10), source: attribution };
}

/** Hints that lead to paths of the API, which a client of tools cannot request. */
const LEADS_TO_API = /\b(?:GET|POST) \/|\/docs/u;

/** The text of an error, in the words of the tools. */
function explain({ message, hint, code }: UserError): string {
  const what = message
    .replaceAll(/: (?:GET|POST) \/[^;\s]+/gu, '')
    .replace(/^after: (.+); expected the `next` of .+$/mu, `more: $1; ${EXPECTED_MORE}`);
  const next =
    code === 'not-found'
      ? 'The tool search finds ids.'
      : hint !== null && !LEADS_TO_API.test(hint)
        ? hint
        : '';
  return [what, next].filter(Boolean).join('\n');
}
