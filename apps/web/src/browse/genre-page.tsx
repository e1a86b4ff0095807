import { USUAL_WORDS } from '@marquee/contract/usual-words';
import type { ReactNode } from 'react';
import { isRefusal, useApi } from '../api-client.ts';
import { TitleChart, ChartList } from '../chart-list.tsx';
import { yearsOfDecade } from '../decades.ts';
import { BarList } from '../design/bar-list.tsx';
import { ChipLink } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { PageHead, Section } from '../design/section.tsx';
import { Loading } from '../feedback.tsx';
import { quantity } from '../format.ts';
import { usePageTitle } from '../layout.tsx';
import { TitleCount } from './title-count.tsx';

/**
 * The page of a genre: its best, its best known and its newest titles, and its decades. Whether
 * there are titles of an unusual genre is asked first.
 */
export function GenrePage({ genre }: { readonly genre: string }): ReactNode {
  usePageTitle(genre);
  const facets = useApi('facets', `/facets?${new URLSearchParams({ genre }).toString()}`);
  const isUsual = USUAL_WORDS.genre.includes(genre);
  // the API refuses a genre that no title has
  const isRefused = isRefusal(facets.error);
  const find = (more: string) => `/find?genre=${encodeURIComponent(genre)}&${more}`;
  if (!isUsual && facets.isPending && !isRefused) return <Loading what="the genre" />;
  if (!isUsual && (isRefused || facets.data?.titles === 0))
    return (
      <>
        <h1>{genre}</h1>
        <EmptyState title={`“${genre}” is no genre`}>
          <div className="chips">
            {USUAL_WORDS.genre.map((one) => (
              <ChipLink key={one} href={`/genre/${one}`}>
                {one}
              </ChipLink>
            ))}
          </div>
        </EmptyState>
      </>
    );
  return (
    <>
      <PageHead
        title={genre}
        kicker="Genre"
        aside={<TitleCount facets={facets.data} href={find('sort=votes')} />}
      />
      <div className="columns">
        <TitleChart chart="Best rated" of="films" genre={genre} />
        <TitleChart chart="Best rated" of="series" genre={genre} />
        <ChartList
          title="Best known"
          path={`/titles?genre=${encodeURIComponent(genre)}&sort=votes`}
          more={find('sort=votes')}
          note="With most votes, of any type."
        />
        <ChartList
          title="Newest films"
          path={`/titles?genre=${encodeURIComponent(genre)}&titleType=movie&numVotesFrom=100&sort=year`}
          more={find('titleType=movie&numVotesFrom=100&sort=year')}
          note="With 100 votes or more."
        />
      </div>
      <div className="wide-bars">
        <Decades genre={genre} />
      </div>
    </>
  );
}

function Decades({ genre }: { readonly genre: string }): ReactNode {
  const stats = useApi('stats', '/stats');
  const bars = (stats.data?.ratingsByGenre ?? [])
    .filter((cell) => cell.genre === genre && cell.decade !== null)
    .sort((a, b) => (b.decade ?? 0) - (a.decade ?? 0))
    .map(({ decade, titles, averageRating }) => ({
      label: `${decade}s`,
      value: titles,
      figure: `${quantity(titles, 'title')}, mean ${averageRating.toFixed(1)}`,
      href: `/find?genre=${encodeURIComponent(genre)}&${yearsOfDecade(decade ?? 0)}&numVotesFrom=1&sort=votes`,
    }));
  return (
    <Section title="By decade" note="Rated titles, with the mean of their ratings.">
      {stats.isPending ? <Loading what="decades" room="24rem" /> : null}
      <BarList label="Rated titles by decade" bars={bars} />
    </Section>
  );
}
