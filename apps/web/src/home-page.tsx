import type { Published } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi } from './api-client.ts';
import { TitleChart } from './chart-list.tsx';
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
        <TitleChart chart="Best known" of="films" />
        <TitleChart chart="Best known" of="series" />
        <TitleChart chart="Best rated" of="films" />
        <TitleChart chart="Best rated" of="series" />
      </div>
      <Doors />
      <div className="columns">
        <NewThisWeek />
        <Movers />
      </div>
    </>
  );
}

/** The numbers of titles and people, and the time of the newest publish. */
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
