import type { Stats } from '@marquee/contract';
import { useMemo, type ReactNode } from 'react';
import { Chart, type Plot } from '../chart.tsx';
import { yearsOfDecade } from '../decades.ts';
import { typeColour } from '../design/type-colour.ts';
import { labelOf, quantity, shortCount } from '../format.ts';
import { OTHER, typesByYear, type YearOfType } from './titles-by-year.ts';

/**
 * The chart omits years further ahead: one title announced for a distant year would compress all
 * others.
 */
const YEARS_AHEAD = 5;
/** Means of fewer titles are left out: their extremes would set the scale of colours. */
const MIN_TITLES = 10;
/** Height of the charts that stand side by side, in CSS pixels. */
const HEIGHT = 590;

/**
 * A row of bars for each type, each on its own scale: on a common one, the number of episodes would
 * flatten all other rows.
 */
export function TitlesByYear({ stats: { titlesByYear } }: { readonly stats: Stats }): ReactNode {
  const { rows, types, later } = useMemo(
    () => typesByYear(titlesByYear, new Date().getFullYear() + YEARS_AHEAD),
    [titlesByYear],
  );
  const draw = useMemo(() => {
    const best = types.map((type) => mostOf(rows.filter((row) => row.type === type)));
    return (plot: Plot, width: number) => ({
      marginLeft: width < 500 ? 88 : 120,
      x: { tickFormat: 'd', label: null, ticks: Math.max(3, width / 90) },
      y: { axis: null, insetTop: 16 },
      fy: { domain: types, label: null, tickFormat: typeLabel, padding: 0 },
      color: { type: 'identity' as const },
      marks: [
        plot.rectY(rows, {
          x: 'year',
          interval: 1,
          y: 'share',
          fy: 'type',
          fill: ({ type }: YearOfType) => typeColour(type),
          inset: 0,
          title: ({ year, type, titles }: YearOfType) =>
            `${year} · ${typeLabel(type)}\n${quantity(titles, 'title')}`,
          href: ({ year, type }: YearOfType) =>
            `/find?startYearFrom=${year}&startYearTo=${year}${type === OTHER ? '' : `&titleType=${type}`}`,
        }),
        plot.ruleY([0], { stroke: 'var(--line)' }),
        plot.text(best, {
          x: 'year',
          y: 'share',
          fy: 'type',
          text: ({ titles }: YearOfType) => shortCount(titles),
          dy: -7,
          fill: 'var(--muted)',
        }),
      ],
    });
  }, [rows, types]);
  return (
    <Chart
      title="Titles by year and type"
      summary={`Titles by year, a row for each type on its own scale: ${types.map(typeLabel).join(', ')}${later === 0 ? '' : `; ${quantity(later, 'title')} of later years are left out`}`}
      csv={[
        ['year', 'titleType', 'titles'],
        ...titlesByYear.map(({ year, titleType, titles }) => [year, titleType, titles]),
      ]}
      height={HEIGHT}
      draw={draw}
    />
  );
}

function typeLabel(type: string): string {
  return type === OTHER ? 'Others' : labelOf(type);
}

function mostOf(rows: readonly YearOfType[]): YearOfType {
  return rows.reduce((most, row) => (row.titles > most.titles ? row : most));
}

/** Number of titles by rating. */
export function RatingDistribution({ stats: { ratings } }: { readonly stats: Stats }): ReactNode {
  const draw = useMemo(
    () => (plot: Plot) => ({
      x: { label: 'Rating', domain: [1, 10] },
      y: { grid: true, label: 'Titles', tickFormat: 's' },
      marks: [
        plot.rectY(ratings, {
          x1: ({ averageRating }: { averageRating: number }) => averageRating - 0.05,
          x2: ({ averageRating }: { averageRating: number }) => averageRating + 0.05,
          y: 'titles',
          fill: 'var(--bulb)',
          inset: 0.5,
          title: ({ averageRating, titles }: (typeof ratings)[number]) =>
            `Rated ${averageRating.toFixed(1)}\n${quantity(titles, 'title')}`,
          href: ({ averageRating }: (typeof ratings)[number]) =>
            `/find?averageRatingFrom=${averageRating}&averageRatingTo=${averageRating}`,
        }),
        plot.ruleY([0]),
      ],
    }),
    [ratings],
  );
  return (
    <Chart
      title="How titles are rated"
      summary="Number of titles by rating, from 1 to 10"
      csv={[
        ['averageRating', 'titles'],
        ...ratings.map(({ averageRating, titles }) => [averageRating, titles]),
      ]}
      height={HEIGHT}
      draw={draw}
    />
  );
}

/** The mean rating of each genre in each decade, for those with enough titles. */
export function RatingsByGenre({
  stats: { ratingsByGenre },
}: {
  readonly stats: Stats;
}): ReactNode {
  const cells = useMemo(
    () => ratingsByGenre.filter(({ decade, titles }) => decade !== null && titles >= MIN_TITLES),
    [ratingsByGenre],
  );
  const genres = new Set(cells.map(({ genre }) => genre)).size;
  const draw = useMemo(
    () => (plot: Plot, width: number) => ({
      marginLeft: 92,
      marginBottom: 52,
      color: { legend: true, scheme: 'viridis' as const, label: 'Mean rating' },
      x: {
        label: null,
        tickFormat: (decade: number) => `${decade}s`,
        tickRotate: width < 700 ? -65 : 0,
      },
      y: { label: null },
      marks: [
        plot.cell(cells, {
          x: 'decade',
          y: 'genre',
          fill: 'averageRating',
          inset: 0.5,
          title: ({ genre, decade, averageRating, titles }: (typeof cells)[number]) =>
            `${genre}, ${decade}s\nMean rating ${averageRating}\n${quantity(titles, 'rated title')}`,
          href: ({ genre, decade }: (typeof cells)[number]) =>
            `/find?genre=${encodeURIComponent(genre)}&${yearsOfDecade(decade ?? 0)}&numVotesFrom=1`,
        }),
      ],
    }),
    [cells],
  );
  return (
    <Chart
      title="Ratings by genre and decade"
      summary={`Mean rating by genre and decade; brighter is better. Only those with ${MIN_TITLES} rated titles or more`}
      csv={[
        ['genre', 'decade', 'titles', 'averageRating'],
        ...ratingsByGenre.map(({ genre, decade, titles, averageRating }) => [
          genre,
          decade,
          titles,
          averageRating,
        ]),
      ]}
      height={80 + genres * 17}
      hasLegend
      draw={draw}
    />
  );
}
