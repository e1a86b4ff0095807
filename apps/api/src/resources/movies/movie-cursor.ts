const CURSOR = /^movie:(\d{1,15})$/u;

/** The cursor of a position in the feed of movies: an id of `movies.change`. */
export function writeMovieCursor(position: number): string {
  return Buffer.from(`movie:${position}`).toString('base64url');
}

/** The position of a cursor; null if the text is not a cursor of this feed. */
export function readMovieCursor(text: string): number | null {
  const [, position] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return position === undefined ? null : Number(position);
}
