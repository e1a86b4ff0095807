import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLocked } from '@marquee/process';
import { z } from 'zod';

/**
 * What the supervisor of the embedded stack writes down of what runs; of it what is needed here.
 */
const StackState = z.object({
  apiUrl: z.string(),
  databaseUrl: z.string().nullable(),
  processes: z.array(z.object({ name: z.string(), state: z.string() })),
});

/** An embedded stack that is up. */
export interface Stack extends z.infer<typeof StackState> {
  /** Its data folder. */
  readonly data: string;
}

/** The embedded stack that is up on a data folder, or else its demo's; null where neither is. */
export function findStack(data: string): Stack | null {
  return readStack(data) ?? readStack(join(data, 'demo'));
}

/**
 * Whether of embedded stacks nothing but the demo has been up on a data folder, be it the demo's
 * own or the one around it.
 */
export function isOfDemoAlone(data: string): boolean {
  return hasSample(data) || (hasSample(join(data, 'demo')) && !existsSync(join(data, 'postgres')));
}

function hasSample(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('made-up-'));
}

function readStack(data: string): Stack | null {
  const file = join(data, 'supervisor.json');
  try {
    // what an ended supervisor has left behind says nothing
    if (!isLocked(`${file}.lock`)) return null;
    return { data, ...StackState.parse(JSON.parse(readFileSync(file, 'utf8'))) };
  } catch {
    // not written yet, removed a moment ago, or another user's
    return null;
  }
}
