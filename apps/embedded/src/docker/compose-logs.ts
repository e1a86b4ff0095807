import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { readableLine } from '../supervision/log-lines.ts';

/**
 * Prints the output of `docker compose logs --no-color` for people to read. A line of it is the
 * container's name, a bar, and what the container wrote: `api-1  | {"level":"info",…}`.
 */
export async function formatComposeLogs(input: Readable): Promise<void> {
  for await (const line of createInterface({ input })) {
    const [, name, text] = /^(\S+?)(?:-\d+)? +\| (.*)$/su.exec(line) ?? [];
    console.log(name === undefined || text === undefined ? line : readableLine({ name, text }));
  }
}
