import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi, type ApiResponses } from '../api-client.ts';
import { usePageTitle } from '../layout.tsx';
import { ImdbLink } from '../attribution.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { Rating } from '../design/rating.tsx';
import { TitleRow } from '../title-list.tsx';
import { joinFacts, runtime, labelOf, years } from '../format.ts';
import { Akas } from './akas.tsx';
import { Credits } from './credits.tsx';
import { Seasons } from './seasons.tsx';
import './title.css';

/** The page of a title. */
export function TitlePage({ id }: { readonly id: string }): ReactNode {
  const title = useApi('title', `/titles/${id}?include=ratings,crew,series`);
  usePageTitle(title.data?.primaryTitle ?? undefined);
  if (title.isPending) return <Loading what="the title" />;
  if (title.isLoadingError) return <ErrorMessage page error={title.error} />;
  const { titleType } = title.data;
  return (
    <>
      <TitleHead title={title.data} />
      {titleType === 'tvSeries' || titleType === 'tvMiniSeries' ? <Seasons id={id} /> : null}
      <Credits id={id} />
      <Similar id={id} />
      <Akas id={id} />
    </>
  );
}

function TitleHead({ title }: { readonly title: ApiResponses['title'] }): ReactNode {
  const {
    tconst,
    primaryTitle,
    originalTitle,
    titleType,
    startYear,
    endYear,
    runtimeMinutes,
    genres,
    ratings,
    series,
    crew,
    isAdult,
  } = title;
  return (
    <section className="head">
      {series ? <EpisodeNavigation position={series} /> : null}
      <h1>{primaryTitle ?? tconst}</h1>
      {originalTitle && originalTitle !== primaryTitle ? (
        <p className="original">Original title: {originalTitle}</p>
      ) : null}
      <p>
        {joinFacts(
          labelOf(titleType),
          years(startYear, endYear),
          runtimeMinutes !== null && runtime(runtimeMinutes),
          isAdult === true && 'Adult',
        )}
      </p>
      <p className="tags">
        {genres?.map((genre) => (
          <Link key={genre} href={`/find?genre=${encodeURIComponent(genre)}`}>
            {genre}
          </Link>
        ))}
      </p>
      <Rating averageRating={ratings?.averageRating ?? null} numVotes={ratings?.numVotes ?? null} />
      <dl>
        <PeopleList role="Directed by" people={crew?.directors} />
        <PeopleList role="Written by" people={crew?.writers} />
      </dl>
      <p>
        <ImdbLink kind="title" id={tconst} />
      </p>
    </section>
  );
}

function PeopleList({
  role,
  people = [],
}: {
  readonly role: string;
  readonly people: readonly { nconst: string; primaryName: string | null }[] | undefined;
}): ReactNode {
  if (people.length === 0) return null;
  return (
    <>
      <dt>{role}</dt>
      <dd>
        {people.map(({ nconst, primaryName }, index) => (
          <span key={nconst}>
            {index > 0 ? ', ' : ''}
            <Link href={`/name/${nconst}`}>{primaryName ?? nconst}</Link>
          </span>
        ))}
      </dd>
    </>
  );
}

function EpisodeNavigation({
  position: { series, seasonNumber, episodeNumber, previous, next },
}: {
  readonly position: NonNullable<ApiResponses['title']['series']>;
}): ReactNode {
  return (
    <nav aria-label="Position in the series" className="episode-navigation">
      {series ? (
        <Link href={`/title/${series.tconst}`}>{series.primaryTitle ?? series.tconst}</Link>
      ) : null}
      <span>
        {joinFacts(
          seasonNumber !== null && `Season ${seasonNumber}`,
          episodeNumber !== null && `Episode ${episodeNumber}`,
        )}
      </span>
      {previous ? <Link href={`/title/${previous.tconst}`}>← Previous</Link> : null}
      {next ? <Link href={`/title/${next.tconst}`}>Next →</Link> : null}
    </nav>
  );
}

function Similar({ id }: { readonly id: string }): ReactNode {
  const similar = useApi('similar', `/titles/${id}/similar?limit=8`);
  if (similar.isPending) return <Loading what="similar titles" />;
  if (similar.isLoadingError) return <ErrorMessage error={similar.error} />;
  if (similar.data.items.length === 0) return null;
  return (
    <section>
      <h2>Similar titles</h2>
      <ul className="rows two">
        {similar.data.items.map((title) => (
          <TitleRow key={title.tconst} title={title} />
        ))}
      </ul>
    </section>
  );
}
