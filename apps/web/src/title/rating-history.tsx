import type { RatingHistory as History } from '@marquee/contract';
import { useMemo, type ReactNode } from 'react';
import { Chart, type Plot } from '../chart.tsx';
import { dateTime, quantity, ratingText } from '../format.ts';

interface Point {
  readonly at: Date;
  readonly averageRating: number;
  readonly label: string;
}

/** The recorded ratings of a title, oldest first, without publishes that had none for it. */
export function historyPoints({ items }: History): Point[] {
  return items.flatMap(({ at, averageRating, numVotes }) =>
    averageRating === null
      ? []
      : [
          {
            at: new Date(at),
            averageRating,
            label: `${ratingText({ averageRating, numVotes })}\nsince ${dateTime(at)}`,
          },
        ],
  );
}

/** A chart of the recorded ratings of a title; nothing before its first change. */
export function RatingHistory({ history }: { readonly history: History }): ReactNode {
  const points = useMemo(() => historyPoints(history), [history]);
  const draw = useMemo(
    () => (plot: Plot) => ({
      x: { type: 'utc' as const, label: null, nice: true, ticks: 4 },
      y: { grid: true, label: 'Rating', nice: true, ticks: 4 },
      marks: [
        plot.line(points, {
          x: 'at',
          y: 'averageRating',
          curve: 'step-after',
          stroke: 'var(--bulb)',
          strokeWidth: 2,
        }),
        plot.dot(points, {
          x: 'at',
          y: 'averageRating',
          r: 4,
          fill: 'var(--bulb)',
          title: 'label',
        }),
      ],
    }),
    [points],
  );
  if (points.length < 2) return null;
  return (
    <div className="rating-history">
      <Chart
        title="Rating since it is recorded"
        summary={`${quantity(points.length, 'rating')}, from ${points[0]?.label ?? ''} to ${points.at(-1)?.label ?? ''}`}
        csv={[
          ['at', 'averageRating', 'numVotes'],
          ...history.items.map(({ at, averageRating, numVotes }) => [at, averageRating, numVotes]),
        ]}
        height={180}
        draw={draw}
      />
    </div>
  );
}
