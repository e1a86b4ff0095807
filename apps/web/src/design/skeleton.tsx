import type { ReactNode } from 'react';

/** Widths of the bars in place of titles, in percent. */
const WIDTHS = [62, 44, 71, 38, 55, 67, 49, 58];

/**
 * Keeps the room of a list of rows while it is loading.
 *
 * @param count number of rows that are expected
 */
export function SkeletonRows({
  what,
  count,
}: {
  readonly what: string;
  readonly count: number;
}): ReactNode {
  return (
    <div role="status" className="rows skeleton">
      <span className="sr">Loading {what} …</span>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="row" aria-hidden="true">
          <span className="tile" />
          <span style={{ '--width': `${WIDTHS[index % WIDTHS.length]}%` }} />
          <span />
        </div>
      ))}
    </div>
  );
}

/**
 * Keeps the room of anything else while it is loading.
 *
 * @param room its height, as a CSS length
 */
export function SkeletonBlock({
  what,
  room,
}: {
  readonly what: string;
  readonly room: string;
}): ReactNode {
  return (
    <p role="status" className="skeleton block" style={{ '--room': room }}>
      <span className="sr">Loading {what} …</span>
    </p>
  );
}
