/** Why a refresh cannot be done; it falls back to a full load, and says this. */
export class NotComparable extends Error {
  override readonly name = 'NotComparable';
}
