import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { ApiResponses } from '../api-client.ts';
import { ImdbLink } from '../attribution.tsx';
import { count, joinFacts, labelOf, runtime, years } from '../format.ts';
import { Rating } from '../title-list.tsx';
import { jobsOf } from './people.ts';

type Title = ApiResponses['title'];

/** Facts and rating of a title on one side, the people who made it on the other. */
export function TitleHead({ title }: { readonly title: Title }): ReactNode {
  const { tconst, primaryTitle, originalTitle, series, ratings, crew, principals } = title;
  const credits = principals?.items ?? [];
  return (
    <section className="title-head">
      {series ? <EpisodeNavigation position={series} /> : null}
      <div>
        <h1>{primaryTitle ?? tconst}</h1>
        {originalTitle && originalTitle !== primaryTitle ? (
          <p className="original">Original title: {originalTitle}</p>
        ) : null}
        <Facts title={title} />
        <Rating
          averageRating={ratings?.averageRating ?? null}
          numVotes={ratings?.numVotes ?? null}
        />
        <p>
          <ImdbLink kind="title" id={tconst} />
        </p>
      </div>
      <dl className="makers">
        <People
          one="Director"
          several="Directors"
          people={crew?.directors}
          jobs={jobsOf(credits, 'director')}
        />
        <People
          one="Writer"
          several="Writers"
          people={crew?.writers}
          jobs={jobsOf(credits, 'writer')}
        />
      </dl>
    </section>
  );
}

function Facts({
  title: { titleType, startYear, endYear, runtimeMinutes, isAdult, genres },
}: {
  readonly title: Title;
}): ReactNode {
  return (
    <>
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
    </>
  );
}

/** People of a role that are shown at first: some titles have more than a thousand writers. */
const SHOWN = 6;

function People({
  one,
  several,
  people = [],
  jobs,
}: {
  readonly one: string;
  readonly several: string;
  readonly people: NonNullable<Title['crew']>['directors'] | undefined;
  /** What a person has done, by id, such as `novel`. */
  readonly jobs: ReadonlyMap<string, string>;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  if (people.length === 0) return null;
  const shown = isOpen ? people : people.slice(0, SHOWN);
  return (
    <div>
      <dt>{people.length === 1 ? one : several}</dt>
      {shown.map(({ nconst, primaryName }) => (
        <dd key={nconst}>
          <Link href={`/name/${nconst}`}>{primaryName ?? nconst}</Link>{' '}
          <small className="muted">{jobs.get(nconst)}</small>
        </dd>
      ))}
      {shown.length < people.length ? (
        <dd>
          <button type="button" className="quiet" onClick={() => setOpen(true)}>
            {count(people.length - shown.length)} more
          </button>
        </dd>
      ) : null}
    </div>
  );
}

function EpisodeNavigation({
  position: { series, seasonNumber, episodeNumber, previous, next },
}: {
  readonly position: NonNullable<Title['series']>;
}): ReactNode {
  const season = seasonNumber === null ? '' : `?season=${seasonNumber}`;
  return (
    <nav aria-label="Position in the series" className="episode-navigation">
      {series ? (
        <Link href={`/title/${series.tconst}${season}`}>
          {series.primaryTitle ?? series.tconst}
        </Link>
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
