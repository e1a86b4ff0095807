import type { Readable } from 'node:stream';

/** A line of a body; null for one that is too long. */
export type Line = string | null;

/**
 * The lines of a text as they come, without their ends. Empty lines at the end are left out: a file
 * may have any number of them. Reading stops while nobody asks for the next line.
 *
 * @param maxLength in UTF-16 code units; of a longer line nothing is kept
 */
export async function* linesOf(
  body: Readable,
  maxLength: number,
): AsyncGenerator<Line, void, undefined> {
  // removes a byte order mark
  const decoder = new TextDecoder();
  let isLong = false;
  let rest = '';
  // counted, not kept: they are lines only if another one follows
  let blanks = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    for (const [i, part] of parts.entries()) {
      isLong ||= rest.length + part.length > maxLength;
      rest = isLong ? '' : rest + part;
      if (i === parts.length - 1) break;
      const line = isLong ? null : rest.trimEnd();
      [rest, isLong] = ['', false];
      if (line === '') blanks++;
      else {
        for (; blanks > 0; blanks--) yield '';
        yield line;
      }
    }
  }
  const last = isLong ? null : rest.trimEnd();
  if (last === '') return;
  for (; blanks > 0; blanks--) yield '';
  yield last;
}
