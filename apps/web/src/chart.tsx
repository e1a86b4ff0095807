import type { PlotOptions } from '@observablehq/plot';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import './chart.css';
import { ErrorMessage } from './feedback.tsx';
import { bytes } from './format.ts';
import { TIP_ATTRIBUTE } from './marks.ts';
import { Tooltips } from './tooltips.tsx';

/** The plot library, which is loaded with the first chart. */
export type Plot = typeof import('@observablehq/plot');

export interface ChartProps {
  readonly title: string;
  /** Describes the chart for screen readers. */
  readonly summary: string;
  /** The data for the CSV download: its rows, the first one with the column names, or its URL. */
  readonly csv: CsvSource;
  /**
   * Options of the plot, which is `width` CSS pixels wide. Memoize it: a new function draws the chart
   * again. Marks with the channel `title` get a tooltip, whose first line is bold; with `href` they
   * lead to a page of the site.
   */
  readonly draw: (plot: Plot, width: number) => PlotOptions;
  /** Height in CSS pixels. By default it follows from the width. */
  readonly height?: number;
  /** Whether room is kept for a legend above the plot. */
  readonly hasLegend?: boolean;
}

/**
 * A chart as wide as its container, with its data as CSV. Its room is kept while the plot library
 * is loaded, with the first chart.
 */
export function Chart({
  title,
  summary,
  csv,
  draw,
  height,
  hasLegend = false,
}: ChartProps): ReactNode {
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
    const drawn = plot.plot({
      width,
      height: height ?? heightFor(width),
      marginLeft: 48,
      marginBottom: 44,
      style: { background: 'none', fontSize: '12px' },
      ...draw(plot, width),
    });
    makeMarks(drawn);
    container.current?.replaceChildren(drawn);
  }, [plot, width, height, draw]);
  return (
    <figure className="chart">
      <figcaption>
        <h3>{title}</h3>
        <CsvLink name={title} source={csv} />
      </figcaption>
      {plot === undefined && error !== null ? <ErrorMessage error={error} /> : null}
      <Tooltips label={summary}>
        <div
          ref={container}
          className={hasLegend ? 'plot has-legend' : 'plot'}
          style={
            height === undefined ? undefined : ({ '--height': `${height}px` } as CSSProperties)
          }
        />
      </Tooltips>
    </figure>
  );
}

/** The height of a chart of this width; the style sheet keeps the same. */
function heightFor(width: number): number {
  return Math.min(320, Math.max(220, Math.round(width * 0.45)));
}

/** Turns what Plot has as native titles into marks for {@link Tooltips}. */
function makeMarks(drawn: Element): void {
  // Plot labels its groups, which is invalid ARIA without a role
  for (const part of drawn.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  for (const title of drawn.querySelectorAll('title')) {
    const shape = title.parentElement;
    const link = shape?.closest('a');
    const mark = link ?? shape;
    const text = title.textContent;
    mark?.setAttribute(TIP_ATTRIBUTE, text);
    mark?.setAttribute('aria-label', text.replaceAll('\n', ', '));
    mark?.setAttribute('tabindex', '-1');
    if (!link) mark?.setAttribute('role', 'img');
    title.remove();
  }
}

/** Rows of CSV, the first one with the column names; or the URL of the API that answers them. */
export type CsvSource = string | readonly (readonly (string | number | null)[])[];

/** A download link for data as CSV. */
export function CsvLink({
  name,
  source,
}: {
  readonly name: string;
  readonly source: CsvSource;
}): ReactNode {
  const text =
    typeof source === 'string'
      ? null
      : source.map((row) => row.map(csvField).join(',')).join('\r\n');
  return (
    <a
      className="csv"
      download={`${name.toLowerCase().replaceAll(/\W+/gu, '-')}.csv`}
      href={
        text === null ? String(source) : `data:text/csv;charset=utf-8,${encodeURIComponent(text)}`
      }
      aria-label={text === null ? `${name} as CSV` : `${name} as CSV, ${bytes(text.length)}`}
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
