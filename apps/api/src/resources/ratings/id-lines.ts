import { badInput } from '../../problems/bad-input.ts';

/** How a line of JSON begins; any other is a bare text. */
const JSON_LINE = /^[{["]/u;

/**
 * The id of each line of NDJSON, in order: a text, an object with the field `id` or `tconst`, or a
 * bare text. Empty lines are skipped.
 *
 * @throws ProblemException 400 that names the line
 */
export function idsOfLines(body: string): string[] {
  return body.split('\n').flatMap((line, i) => {
    const text = line.trim();
    if (text === '') return [];
    const id = JSON_LINE.test(text) ? idOf(parseLine(text)) : text;
    if (id === null)
      throw badInput([
        {
          path: [`line ${i + 1}`],
          message: 'expected an id, as JSON: "tt0000001" or {"id": "tt0000001"}',
        },
      ]);
    return [id];
  });
}

function idOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { id, tconst = id } = value as { readonly id?: unknown; readonly tconst?: unknown };
  return typeof tconst === 'string' ? tconst : null;
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
