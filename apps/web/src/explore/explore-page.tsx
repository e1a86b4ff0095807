import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi } from '../api-client.ts';
import { TitleChart } from '../chart-list.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { PageHead } from '../design/section.tsx';
import { Doors } from '../doors.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { usePageTitle } from '../layout.tsx';
import { RatingDistribution, RatingsByGenre, TitlesByYear } from './charts.tsx';
import { useOtherSources } from '../sources.ts';
import './explore.css';
import { ProfitSection } from './profit-chart.tsx';

/** Charts of all published data, each of whose marks leads to its titles. */
export function ExplorePage(): ReactNode {
  usePageTitle('Explore');
  const stats = useApi('stats', '/stats');
  const hasOthers = useOtherSources().length > 0;
  return (
    <>
      <PageHead title="Explore">
        <p className="muted">Point at a bar or a cell to read it; a click shows its titles.</p>
      </PageHead>
      {stats.isPending ? (
        <div className="charts">
          {CHARTS.map((chart) => (
            <Loading key={chart} what="charts" room="42rem" />
          ))}
        </div>
      ) : null}
      {stats.isLoadingError ? <ErrorMessage error={stats.error} /> : null}
      {stats.data?.titlesByYear.length === 0 ? (
        <EmptyState title="No charts yet">
          <p>
            No data has been loaded yet. <Link href="/data">Load it</Link>
          </p>
        </EmptyState>
      ) : null}
      {stats.data && stats.data.titlesByYear.length > 0 ? (
        <section className="charts" aria-labelledby="statistics">
          <h2 id="statistics" className="sr">
            Statistics
          </h2>
          <TitlesByYear stats={stats.data} />
          <RatingDistribution stats={stats.data} />
          <RatingsByGenre stats={stats.data} />
        </section>
      ) : null}
      {hasOthers ? <ProfitSection /> : null}
      <Doors />
      <div className="columns">
        <TitleChart chart="Best rated" of="films" />
        <TitleChart chart="Best rated" of="series" />
        <TitleChart chart="Best rated" of="episodes" />
      </div>
    </>
  );
}

/** The charts, whose room is kept while they are loading. */
const CHARTS = ['years', 'ratings', 'genres'];
