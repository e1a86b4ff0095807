import type { PlotOptions } from '@observablehq/plot';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { ErrorMessage } from './feedback.tsx';
import { bytes } from './format.ts';

type Plot = typeof import('@observablehq/plot');

export interface ChartProps {
  readonly title: string;
  /** Describes the chart for screen readers. */
  readonly summary: string;
  /** The data for the CSV download; the first row has the column names. */
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Options of the plot. Memoize it: a new function draws the chart again. */
  readonly draw: (plot: Plot) => PlotOptions;
}

/**
 * A chart as wide as its container, with its data as CSV. The plot library is loaded with the first
 * chart.
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
    // the chart is one labelled image: labels on its groups are invalid ARIA
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

/** A download link for rows as CSV. A data URL, as a link to the API could not send the key. */
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
