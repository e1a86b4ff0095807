import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useAnswer, type Answers } from '../answers.ts';
import { usePageTitle } from '../layout.tsx';
import { AtImdb } from '../origin.tsx';
import { Failure, Loading } from '../states.tsx';
import { Stars, TitleRow } from '../title-list.tsx';
import { facts, runtime, wordFor, years } from '../wording.ts';
import { Akas } from './akas.tsx';
import { Credits } from './credits.tsx';
import { Seasons } from './seasons.tsx';

/** All there is about one title. */
export function TitlePage({ id }: { readonly id: string }): ReactNode {
  const title = useAnswer('title', `/titles/${id}?include=ratings,crew,series`);
  usePageTitle(title.data?.primaryTitle ?? undefined);
  if (title.isPending) return <Loading what="the title" />;
  if (title.isLoadingError) return <Failure page error={title.error} />;
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

function TitleHead({ title }: { readonly title: Answers['title'] }): ReactNode {
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
      {series ? <Place place={series} /> : null}
      <h1>{primaryTitle ?? tconst}</h1>
      {originalTitle && originalTitle !== primaryTitle ? (
        <p className="original">Original title: {originalTitle}</p>
      ) : null}
      <p>
        {facts(
          wordFor(titleType),
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
      <Stars averageRating={ratings?.averageRating ?? null} numVotes={ratings?.numVotes ?? null} />
      <dl>
        <People role="Directed by" people={crew?.directors} />
        <People role="Written by" people={crew?.writers} />
      </dl>
      <p>
        <AtImdb kind="title" id={tconst} />
      </p>
    </section>
  );
}

function People({
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
        {people.map(({ nconst, primaryName }, place) => (
          <span key={nconst}>
            {place > 0 ? ', ' : ''}
            <Link href={`/name/${nconst}`}>{primaryName ?? nconst}</Link>
          </span>
        ))}
      </dd>
    </>
  );
}

function Place({
  place: { series, seasonNumber, episodeNumber, previous, next },
}: {
  readonly place: NonNullable<Answers['title']['series']>;
}): ReactNode {
  return (
    <nav aria-label="Place in the series" className="place">
      {series ? (
        <Link href={`/title/${series.tconst}`}>{series.primaryTitle ?? series.tconst}</Link>
      ) : null}
      <span>
        {facts(
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
  const similar = useAnswer('similar', `/titles/${id}/similar?limit=8`);
  if (similar.isPending) return <Loading what="similar titles" />;
  if (similar.isLoadingError) return <Failure error={similar.error} />;
  if (similar.data.items.length === 0) return null;
  return (
    <section>
      <h2>Similar</h2>
      <ul className="rows two">
        {similar.data.items.map((title) => (
          <TitleRow key={title.tconst} title={title} />
        ))}
      </ul>
    </section>
  );
}
