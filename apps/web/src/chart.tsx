import type { PlotOptions } from '@observablehq/plot';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Failure } from './states.tsx';
import { bytes } from './wording.ts';

type Plot = typeof import('@observablehq/plot');

export interface ChartProps {
  readonly title: string;
  /** What the chart shows, for those who do not see it. */
  readonly summary: string;
  /** The same data for a spreadsheet; the first row has the names. */
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** What is drawn; must stay the same function as long as the data is the same. */
  readonly draw: (plot: Plot) => PlotOptions;
}

/**
 * A chart as wide as its place, with its data as CSV. The library that draws it is fetched when the
 * first one is needed.
 */
export function Chart({ title, summary, rows, draw }: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (place.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.floor(entry?.contentRect.width ?? 0)),
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const { data: plot, error } = useQuery({
    queryKey: ['plot'],
    queryFn: async () => import('@observablehq/plot'),
    staleTime: Infinity,
    gcTime: Infinity,
    structuralSharing: false,
  });
  useEffect(() => {
    if (plot === undefined || width === 0) return;
    const height = Math.min(320, Math.max(220, width * 0.45));
    const drawn = plot.plot({
      width,
      height,
      marginLeft: 48,
      marginBottom: 44,
      style: { background: 'none', fontSize: '12px' },
      ...draw(plot),
    });
    // its parts are one picture, which has its label; groups may have none
    for (const part of drawn.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
    place.current?.replaceChildren(drawn);
  }, [plot, width, draw]);
  return (
    <figure className="chart">
      <figcaption>
        <h3>{title}</h3>
        <Csv name={title} rows={rows} />
      </figcaption>
      {plot === undefined && error !== null ? <Failure error={error} /> : null}
      <div ref={place} role="img" aria-label={summary} />
    </figure>
  );
}

/** A link to rows as a file of CSV. It is made here, as a link of its own could not carry a key. */
export function Csv({
  name,
  rows,
}: {
  readonly name: string;
  readonly rows: ChartProps['rows'];
}): ReactNode {
  const text = rows.map((row) => row.map(field).join(',')).join('\r\n');
  return (
    <a
      className="csv"
      download={`${name.toLowerCase().replaceAll(/\W+/gu, '-')}.csv`}
      href={`data:text/csv;charset=utf-8,${encodeURIComponent(text)}`}
      aria-label={`${name} as CSV, ${bytes(text.length)}`}
    >
      CSV
    </a>
  );
}

function field(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
