import { TITLE_MATCH_STATES, TitleMatch } from '@marquee/contract';
import { z } from 'zod';
import { TitleLine, titleLine } from '../lines.ts';
import { tool } from '../tool.ts';

/** The title that a list or a file name means. */
export const match = tool({
  name: 'match',
  title: 'Match a title of another source',
  description:
    'Decides which title a line of a list, a file name or another database means, by name, year, director, length or ids of others. state: sure (the first item is it), doubtful (ask the user), none. Prefer it to search when a year or director is known. Five candidates at most, with scores from 0 to 1.',
  input: z.strictObject({
    title: z
      .string()
      .max(200)
      .optional()
      .describe('The title as the source has it; “Title, The” and “Title (1977)” are understood'),
    year: z.int().min(1800).max(2200).optional(),
    type: z.string().max(200).optional().describe('Types, comma-separated, such as movie'),
    director: z.string().max(200).optional().describe('Name of a director'),
    runtimeMinutes: z.int().min(1).max(100_000).optional(),
    ids: z.string().max(500).optional().describe('Ids of sources: tt0000001, tmdb:862'),
  }),
  output: {
    state: z.enum(TITLE_MATCH_STATES),
    items: z.array(
      TitleLine.extend({
        score: z.number(),
        matched: z.string().describe('The name that matches, in normal form'),
      }),
    ),
  },
  answer: async (api, input) => {
    const { state, items } = await api.get(TitleMatch, '/match', { ...input, limit: 5 });
    return {
      state,
      items: items.map(({ movie, name, year, type, title, score, reasons }) => ({
        ...titleLine({ primaryTitle: name, startYear: year, titleType: type, ...title }),
        id: movie,
        score,
        matched: reasons.matched,
      })),
      note: state === 'none' ? 'No title is called like it; check spelling and year.' : undefined,
    };
  },
});
