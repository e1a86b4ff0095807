/**
 * A place in the change feed: what follows has a greater id, in ingest.change and in
 * ingest.publication, which share their ids.
 */
export type FeedPosition = number;

const CURSOR = /^change:(\d{1,15})$/u;

/** A place in the feed as it is handed out. */
export function writeFeedCursor(position: FeedPosition): string {
  return Buffer.from(`change:${position}`).toString('base64url');
}

/** The place that a cursor stands for; null for what is no cursor. */
export function readFeedCursor(text: string): FeedPosition | null {
  const [, position] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return position === undefined ? null : Number(position);
}
