import type { PlotOptions } from '@observablehq/plot';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { ErrorMessage } from './feedback.tsx';
import { bytes } from './format.ts';

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
  const container = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (container.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.floor(entry?.contentRect.width ?? 0)),
    );
    observer.observe(container.current);
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
    container.current?.replaceChildren(drawn);
  }, [plot, width, draw]);
  return (
    <figure className="chart">
      <figcaption>
        <h3>{title}</h3>
        <CsvLink name={title} rows={rows} />
      </figcaption>
      {plot === undefined && error !== null ? <ErrorMessage error={error} /> : null}
      <div ref={container} role="img" aria-label={summary} />
    </figure>
  );
}

/** A link to rows as a file of CSV. It is made here, as a link of its own could not carry a key. */
export function CsvLink({
  name,
  rows,
}: {
  readonly name: string;
  readonly rows: ChartProps['rows'];
}): ReactNode {
  const text = rows.map((row) => row.map(csvField).join(',')).join('\r\n');
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

function csvField(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
