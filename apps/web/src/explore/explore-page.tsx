import type { Stats } from '@marquee/contract';
import { useMemo, type ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { Chart } from '../chart.tsx';
import { TopTitles } from '../home-page.tsx';
import { usePageTitle } from '../layout.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { count, quantity } from '../format.ts';
import { typesByYear } from './titles-by-year.ts';

/**
 * The chart omits years further ahead: one title announced for a distant year would compress all
 * others.
 */
const YEARS_AHEAD = 5;

/** Charts of all published data. */
export function ExplorePage(): ReactNode {
  usePageTitle('Explore');
  const stats = useApi('stats', '/stats');
  return (
    <>
      <h1>Explore</h1>
      {stats.isPending ? <Loading what="charts" /> : null}
      {stats.isLoadingError ? <ErrorMessage error={stats.error} /> : null}
      {stats.data?.titlesByYear.length === 0 ? (
        <p className="muted">No charts yet: the database is empty. Load it on the page Data.</p>
      ) : null}
      {stats.data && stats.data.titlesByYear.length > 0 ? (
        <section className="charts" aria-labelledby="statistics">
          <h2 id="statistics">Statistics</h2>
          <TitlesByYear stats={stats.data} />
          <RatingDistribution stats={stats.data} />
          <RatingsByGenre stats={stats.data} />
        </section>
      ) : null}
      <div className="columns">
        <TopTitles
          title="Best rated films"
          path="/charts/top?limit=10"
          more="/find?titleType=movie&numVotesFrom=1000&sort=weighted"
        />
        <TopTitles
          title="Best rated series"
          path="/charts/top?titleType=tvSeries,tvMiniSeries&limit=10"
          more="/find?titleType=tvSeries%2CtvMiniSeries&numVotesFrom=1000&sort=weighted"
        />
        <TopTitles
          title="Most voted films"
          path="/charts/popular?limit=10"
          more="/find?titleType=movie&sort=votes"
        />
      </div>
    </>
  );
}

function TitlesByYear({ stats: { titlesByYear } }: { readonly stats: Stats }): ReactNode {
  const { rows, later } = useMemo(
    () => typesByYear(titlesByYear, new Date().getFullYear() + YEARS_AHEAD),
    [titlesByYear],
  );
  const draw = useMemo(
    () => (plot: typeof import('@observablehq/plot')) => ({
      color: { legend: true, scheme: 'observable10' as const },
      x: { tickFormat: 'd', label: later === 0 ? 'Year' : `Year (later: ${count(later)})` },
      y: { grid: true, label: 'Titles', tickFormat: 's' },
      marks: [
        plot.rectY(rows, {
          x: 'year',
          interval: 1,
          y: 'titles',
          fill: 'type',
          inset: 0,
          title: ({ year, type, titles }: (typeof rows)[number]) =>
            `${year} · ${type}\n${quantity(titles, 'title')}`,
        }),
        plot.ruleY([0]),
      ],
    }),
    [rows, later],
  );
  const csv = [
    ['year', 'titleType', 'titles'],
    ...titlesByYear.map(({ year, titleType, titles }) => [year, titleType, titles]),
  ];
  return (
    <Chart
      title="Titles by year and type"
      summary={`Titles by year, coloured by type: ${[...new Set(rows.map(({ type }) => type))].join(', ')}`}
      csv={csv}
      draw={draw}
    />
  );
}

function RatingDistribution({ stats: { ratings } }: { readonly stats: Stats }): ReactNode {
  const draw = useMemo(
    () => (plot: typeof import('@observablehq/plot')) => ({
      x: { label: 'Rating', domain: [1, 10] },
      y: { grid: true, label: 'Titles', tickFormat: 's' },
      marks: [
        plot.rectY(ratings, {
          x1: ({ averageRating }: { averageRating: number }) => averageRating - 0.05,
          x2: ({ averageRating }: { averageRating: number }) => averageRating + 0.05,
          y: 'titles',
          fill: 'var(--accent)',
          title: ({ averageRating, titles }: (typeof ratings)[number]) =>
            `Rated ${averageRating.toFixed(1)}\n${quantity(titles, 'title')}`,
        }),
        plot.ruleY([0]),
      ],
    }),
    [ratings],
  );
  return (
    <Chart
      title="Distribution of ratings"
      summary="Number of titles by rating, from 1 to 10"
      csv={[
        ['averageRating', 'titles'],
        ...ratings.map(({ averageRating, titles }) => [averageRating, titles]),
      ]}
      draw={draw}
    />
  );
}

function RatingsByGenre({ stats: { ratingsByGenre } }: { readonly stats: Stats }): ReactNode {
  const draw = useMemo(() => {
    const cells = ratingsByGenre.filter(({ decade }) => decade !== null);
    const genres = new Set(cells.map(({ genre }) => genre)).size;
    return (plot: typeof import('@observablehq/plot')) => ({
      marginLeft: 100,
      marginBottom: 52,
      height: 80 + genres * 18,
      color: { legend: true, scheme: 'viridis' as const, label: 'Mean rating' },
      x: { label: 'Decade', tickFormat: 'd', tickRotate: -65 },
      y: { label: null },
      marks: [
        plot.cell(cells, {
          x: 'decade',
          y: 'genre',
          fill: 'averageRating',
          inset: 0.5,
          title: ({ genre, decade, averageRating, titles }: (typeof cells)[number]) =>
            `${genre}, ${decade}s\nMean rating ${averageRating}\n${quantity(titles, 'title')}`,
        }),
      ],
    });
  }, [ratingsByGenre]);
  const csv = [
    ['genre', 'decade', 'titles', 'averageRating'],
    ...ratingsByGenre.map(({ genre, decade, titles, averageRating }) => [
      genre,
      decade,
      titles,
      averageRating,
    ]),
  ];
  return (
    <Chart
      title="Ratings by genre and decade"
      summary="Mean rating by genre and decade; brighter is better"
      csv={csv}
      draw={draw}
    />
  );
}
