import { SqlRows } from '@marquee/contract';
import { UserError } from '@marquee/process';
import { z } from 'zod';
import { clip, fits, shortened } from '../answer-size.ts';
import { tool } from '../tool.ts';

/** The longest value of a row, in characters. */
const MAX_VALUE = 300;

/** Statements in SQL, where the server allows them. */
export const sql = tool({
  name: 'sql',
  title: 'Run SQL',
  description:
    'Runs one PostgreSQL select as a role that can only read, for at most ten seconds, and answers the first rows. Use it for counts and joins that no other tool has. Tables: title_basics (tconst, title_type, primary_title, original_title, is_adult, start_year, end_year, runtime_minutes, genres text[]), title_ratings (tconst, average_rating, num_votes), title_principals (tconst, ordering, nconst, category, job, characters text[]), title_crew (tconst, directors text[], writers text[]), title_episode (tconst, parent_tconst, season_number, episode_number), title_akas (title_id, ordering, title, region, language, types, is_original_title), name_basics (nconst, primary_name, birth_year, death_year, primary_profession text[], known_for_titles text[]). Views: movie, series, episode_full, person_credit, title_genre. Use left joins: some references lead nowhere. Aggregate, and set a limit: hasMore says that rows were left out.',
  input: z.strictObject({
    statement: z.string().min(1).max(10_000).describe('One select, without a semicolon'),
    limit: z.int().min(1).max(100).default(50).describe('Number of rows'),
  }),
  output: {
    columns: z.array(z.string()),
    rows: z.array(z.array(z.json())),
    hasMore: z.boolean().describe('Whether rows were left out'),
  },
  answer: async (api, request) => {
    const read = await api.send('POST', SqlRows, '/sql', request);
    const rows = read.rows.map((row) => row.map(shorten));
    const { columns, hasMore } = read;
    let shown = rows;
    // a statement is not run again to leave out rows
    while (shown.length > 1 && !fits({ columns, rows: shown }))
      shown = shown.slice(0, Math.ceil(shown.length * 0.8) - 1);
    if (!fits(shortened({ columns, rows: shown })))
      throw new UserError(`A row of ${columns.length} columns is too long for an answer.`, {
        hint: 'Select fewer columns, or parts of them: left(column, 20).',
      });
    return {
      columns,
      rows: shown,
      hasMore: hasMore || shown.length < rows.length,
      note: rows.length === 0 ? 'No row matches.' : undefined,
    };
  },
});

function shorten(value: unknown): z.core.util.JSONType {
  const json = value as z.core.util.JSONType;
  if (typeof json === 'string') return clip(json, MAX_VALUE);
  const text = JSON.stringify(json);
  return text.length <= MAX_VALUE ? json : clip(text, MAX_VALUE);
}
