import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useApi } from './api-client.ts';
import { FirstRun } from './data/first-run.tsx';
import { usePageTitle } from './layout.tsx';
import { SearchBox } from './search-box.tsx';
import { ErrorMessage, Loading } from './feedback.tsx';
import { TitleRow } from './title-list.tsx';
import { count, quantity, dateTime } from './format.ts';

/** The start page: a search box or, with an empty database, the button that loads the data. */
export function HomePage(): ReactNode {
  usePageTitle(undefined);
  const published = useApi('published', '/published');
  if (published.isPending) return <Loading what="the start page" />;
  if (published.isLoadingError) return <ErrorMessage page error={published.error} />;
  return published.data.datasets.every(({ status }) => status === 'empty') ? (
    <FirstRun />
  ) : (
    <SearchHome published={published.data} />
  );
}

function SearchHome({
  published,
}: {
  readonly published: {
    readonly datasets: readonly { dataset: string; rows: number; publishedAt: string | null }[];
  };
}): ReactNode {
  const [, navigate] = useLocation();
  const rows = (name: string) =>
    published.datasets.find(({ dataset }) => dataset === name)?.rows ?? 0;
  const newest = published.datasets
    .map(({ publishedAt }) => publishedAt ?? '')
    .reduce((a, b) => (a > b ? a : b), '');
  return (
    <>
      <section className="hero">
        <h1>What are you looking for?</h1>
        <SearchBox
          autoFocus
          label="Search titles and people"
          onText={(q) => navigate(`/find?q=${encodeURIComponent(q)}`)}
          onPick={(kind, id) => navigate(`/${kind}/${id}`)}
        />
        <p className="muted">
          {quantity(rows('title.basics'), 'title')} and {count(rows('name.basics'))} people, in use
          since {dateTime(newest)}. <Link href="/find">Browse by type, genre, year</Link>
        </p>
      </section>
      <div className="columns">
        <TopTitles
          title="Best rated films"
          path="/charts/top?limit=8"
          more="/find?titleType=movie&numVotesFrom=1000&sort=weighted"
        />
        <TopTitles
          title="Most voted series"
          path="/charts/popular?titleType=tvSeries,tvMiniSeries&limit=8"
          more="/find?titleType=tvSeries%2CtvMiniSeries&sort=votes"
        />
      </div>
    </>
  );
}

/** The first titles of a chart, with a link to all of them. */
export function TopTitles({
  title,
  path,
  more,
}: {
  readonly title: string;
  readonly path: string;
  readonly more: string;
}): ReactNode {
  const chart = useApi('titles', path);
  return (
    <section>
      <h2>{title}</h2>
      {chart.isPending ? <Loading what={title.toLowerCase()} /> : null}
      {chart.isLoadingError ? <ErrorMessage error={chart.error} /> : null}
      <ol className="rows">
        {chart.data?.items.map((item, index) => (
          <TitleRow key={item.tconst} title={item} rank={index + 1} />
        ))}
      </ol>
      {chart.data?.items.length === 0 ? <p className="muted">No title has enough votes.</p> : null}
      <Link className="all" href={more} aria-label={`Show all: ${title}`}>
        Show all
      </Link>
    </section>
  );
}
