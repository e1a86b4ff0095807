/**
 * Whether something has stayed as it is for a while. A time of change in the future is one of another
 * clock, as on a network share; and one of this clock has parts of a millisecond, which `Date.now()`
 * lacks.
 *
 * @param changedMs the time of its last change
 */
export function isSettled(changedMs: number, settledMs: number): boolean {
  return Math.abs(Date.now() - changedMs) >= settledMs;
}
