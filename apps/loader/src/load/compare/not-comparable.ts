/**
 * Why two snapshots cannot be compared, as a clause: the refresh falls back to a full load, whose
 * note says it.
 */
export class NotComparable extends Error {
  override readonly name = 'NotComparable';
}
