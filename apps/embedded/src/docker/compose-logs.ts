import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type LogLine, readableLine, readableLines } from '../supervision/log-lines.ts';

/** A line of a container's log, with the time at which the engine received it. */
interface ComposeLine extends LogLine {
  /** ISO 8601 in UTC with a fixed number of digits, so that texts sort as times do; else empty. */
  readonly time: string;
}

/**
 * Prints the output of `docker compose logs --no-color --timestamps` for people to read. A line of
 * it is the container's name, a bar, the time, and what the container wrote:
 * `api-1  | 2030-01-31T06:30:00.000000000Z {"level":"info",…}`.
 *
 * The lines come container by container and are printed in the order of their times. With `follow`
 * each is printed as it comes, and so are lines of compose itself, such as that a container exited.
 */
export async function formatComposeLogs(input: Readable, follow: boolean): Promise<void> {
  const lines: ComposeLine[] = [];
  for await (const text of createInterface({ input })) {
    const line = parseLine(text);
    if (line?.text === '') continue;
    if (follow) console.log(line === null ? text : readableLine(line));
    else if (line !== null) lines.push(line);
  }
  lines.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  for (const text of readableLines(lines)) console.log(text);
}

/** Null for a line of compose itself. */
function parseLine(line: string): ComposeLine | null {
  const [, name, time = '', text] =
    /^(\S+?)(?:[-_]\d+)? +\| (?:(\d{4}-\d\d-\d\dT[\d:.]+Z) ?)?(.*)$/su.exec(line) ?? [];
  if (name === undefined || text === undefined) return null;
  return { name, time, text };
}
