/**
 * Why two snapshots cannot be compared, as a clause: the refresh falls back to a full load, whose
 * note says it.
 */
export class NotComparableError extends Error {
  override readonly name = 'NotComparableError';
}
