import type { Published } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi } from './api-client.ts';
import { ChartList, WEIGHTED_NOTE } from './chart-list.tsx';
import { FirstRun } from './data/first-run.tsx';
import { Doors } from './doors.tsx';
import { ErrorMessage, Loading } from './feedback.tsx';
import { count, dateTime, quantity } from './format.ts';
import './home.css';
import { usePageTitle } from './layout.tsx';
import { NewThisWeek, Movers } from './movements.tsx';
import { pageOf, resultsOf, SearchBox } from './search-box.tsx';

/** The start page: a search box or, with an empty database, the button that loads the data. */
export function HomePage(): ReactNode {
  usePageTitle(undefined);
  const published = useApi('published', '/published');
  if (published.isPending) return <Loading what="the start page" room="150vh" />;
  if (published.isLoadingError) return <ErrorMessage page error={published.error} />;
  return published.data.datasets.every(({ status }) => status === 'empty') ? (
    <FirstRun />
  ) : (
    <SearchHome published={published.data} />
  );
}

function SearchHome({ published }: { readonly published: Published }): ReactNode {
  return (
    <>
      <section className="home-hero">
        <h1>What are you looking for?</h1>
        <SearchBox
          autoFocus
          hasShortcut
          label="Search titles and people"
          hrefOf={pageOf}
          hrefOfAll={resultsOf}
        />
        <InUse published={published} />
      </section>
      <div className="columns">
        <ChartList
          title="Best known films"
          path="/charts/popular?titleType=movie"
          more="/find?titleType=movie&sort=votes"
          note="By number of votes."
        />
        <ChartList
          title="Best known series"
          path="/charts/popular?titleType=tvSeries,tvMiniSeries"
          more="/find?titleType=tvSeries%2CtvMiniSeries&sort=votes"
          note="By number of votes."
        />
        <ChartList
          title="Best rated films"
          path="/charts/top?titleType=movie"
          more="/find?titleType=movie&numVotesFrom=1000&sort=weighted"
          note={WEIGHTED_NOTE}
        />
        <ChartList
          title="Best rated series"
          path="/charts/top?titleType=tvSeries,tvMiniSeries"
          more="/find?titleType=tvSeries%2CtvMiniSeries&numVotesFrom=1000&sort=weighted"
          note={WEIGHTED_NOTE}
        />
      </div>
      <Doors />
      <div className="columns">
        <NewThisWeek />
        <Movers />
      </div>
    </>
  );
}

/** How much there is, and how old it is. */
function InUse({ published: { datasets } }: { readonly published: Published }): ReactNode {
  const rows = (name: string) => datasets.find(({ dataset }) => dataset === name)?.rows ?? 0;
  const newest = datasets
    .map(({ publishedAt }) => publishedAt ?? '')
    .reduce((a, b) => (a > b ? a : b), '');
  return (
    <p className="muted">
      {quantity(rows('title.basics'), 'title')} and {count(rows('name.basics'))} people, in use
      since {dateTime(newest)}. <Link href="/find">Browse by type, genre, year</Link>
    </p>
  );
}
