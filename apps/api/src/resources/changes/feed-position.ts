/**
 * A position in the change feed. Later entries have greater ids, in ingest.change and in
 * ingest.publication, which share a sequence.
 */
export type FeedPosition = number;

const CURSOR = /^change:(\d{1,15})$/u;

/** The cursor of a position. */
export function writeFeedCursor(position: FeedPosition): string {
  return Buffer.from(`change:${position}`).toString('base64url');
}

/** The position of a cursor; null if the text is not a cursor. */
export function readFeedCursor(text: string): FeedPosition | null {
  const [, position] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return position === undefined ? null : Number(position);
}
