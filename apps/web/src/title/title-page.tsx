import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Redirect } from 'wouter';
import { useApi, useApiList } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { usePageTitle } from '../layout.tsx';
import { scriptQuery } from '../lazy-page.tsx';
import { useOfSources } from '../movie/merged-movie.ts';
import { Akas } from './akas.tsx';
import { Credits } from './credits.tsx';
import { RatingHistory } from './rating-history.tsx';
import { Seasons } from './seasons.tsx';
import { Similar } from './similar.tsx';
import './title.css';
import { TitleHead } from './title-head.tsx';

/** What a page needs only for a title that several sources tell of, or whose values one may set. */
const MOVIE_PARTS = scriptQuery('title parts', async () => import('../movie/title-parts.tsx'));

/**
 * The page of a title. Its sections appear from top to bottom, so that none moves another one that
 * is read already.
 */
export function TitlePage({ id }: { readonly id: string }): ReactNode {
  return id.startsWith('mq') ? <Redirect to={`/movie/${id}`} replace /> : <Title id={id} />;
}

function Title({ id }: { readonly id: string }): ReactNode {
  const title = useApi('title', `/titles/${id}?include=ratings,crew,series,principals`);
  const isSeries = title.data?.titleType?.endsWith('Series') === true;
  const grid = useApi('episodeGrid', isSeries ? `/titles/${id}/episode-grid` : null);
  const history = useApi('ratingHistory', `/titles/${id}/rating-history`);
  const similar = useApi('similar', `/titles/${id}/similar?limit=50`);
  const ofSources = useOfSources(id);
  const merged = ofSources?.merged;
  const settable = ofSources?.settable;
  const parts = useQuery({ ...MOVIE_PARTS, enabled: merged != null || settable != null });
  const akas = useApiList('akas', merged === null ? `/titles/${id}/akas?limit=200` : null);
  usePageTitle(title.data && (title.data.primaryTitle ?? id));
  if (title.isPending || ofSources === undefined || parts.isLoading)
    return <Loading what="the title" />;
  if (title.isLoadingError) return <ErrorMessage page error={title.error} />;
  const { ratings, crew, principals } = title.data;
  return (
    <>
      <TitleHead title={title.data} poster={ofSources.poster} />
      {parts.data && merged ? <parts.data.MovieFacts movie={merged} /> : null}
      {isSeries ? <Seasons id={id} grid={grid} /> : null}
      {grid.isLoading || history.isLoading ? null : (
        <>
          {history.data ? <RatingHistory history={history.data} /> : null}
          {principals ? <Credits id={id} first={principals} crew={crew} /> : null}
          <Similar similar={similar} numVotes={ratings?.numVotes ?? null} />
          {similar.isPending ? null : parts.data && merged ? (
            <parts.data.MovieNames movie={merged} />
          ) : (
            <Akas akas={akas} />
          )}
          {parts.data && settable && !similar.isPending && !akas.isPending ? (
            <parts.data.ProvenanceSection movie={settable} />
          ) : null}
        </>
      )}
    </>
  );
}
