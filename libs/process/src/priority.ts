import { getPriority, setPriority } from 'node:os';

/**
 * So much more niceness gives a process about a third of the processor time of one that wants all
 * of it as well.
 */
const NICENESS = 5;

/** The most there is. */
const NICEST = 19;

/**
 * Lets processes in which somebody waits for an answer go first where processors are short; where
 * they are not, nothing becomes slower. Comes before all else: threads have the priority of the one
 * that starts them.
 */
export function lowerPriority(): void {
  setPriority(Math.min(getPriority() + NICENESS, NICEST));
}
