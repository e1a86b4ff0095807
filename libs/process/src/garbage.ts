import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (
  options: { type: 'minor' } | { type: 'major'; flavor: 'last-resort' },
) => void;

/**
 * Runs a minor garbage collection in this thread, which takes a fraction of a millisecond.
 *
 * Chunks of hundreds of kilobytes hang on objects of a few bytes. The small objects alone would
 * fill the young generation only after gigabytes of chunks; until then V8 marks the whole heap
 * repeatedly to free the chunks. Over title.principals, collecting in time saves a seventh of the
 * processor time, and 50 of 140 MB.
 */
export function collectYoung(): void {
  collect({ type: 'minor' });
}

/**
 * Collects all garbage and returns the free memory to the system, which takes a tenth of a second.
 * V8 does so by itself only in a process that goes on allocating. One that waits for its next job
 * would hold the memory of the last one: 290 instead of 110 MB.
 */
export function returnMemory(): void {
  collect({ type: 'major', flavor: 'last-resort' });
}
