import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { ApiResponses } from '../api-client.ts';
import { ImdbLink } from '../attribution.tsx';
import { ChipLink } from '../design/chip.tsx';
import { Rating } from '../design/rating.tsx';
import { PageHead } from '../design/section.tsx';
import { typeStyle } from '../design/type-colour.ts';
import { count, joinFacts, labelOf, runtime, years } from '../format.ts';
import { Poster } from '../movie/poster.tsx';
import { jobsOf } from './people.ts';

type Title = ApiResponses['title'];

/** Facts and rating of a title on one side, the people who made it on the other. */
export function TitleHead({
  title,
  poster,
}: {
  readonly title: Title;
  readonly poster: string | null;
}): ReactNode {
  const { tconst, primaryTitle, originalTitle, titleType, series, ratings, genres } = title;
  return (
    <div className="title-head hued" style={typeStyle(titleType)}>
      <Poster poster={poster} title={primaryTitle} />
      <PageHead
        kicker={series ? <EpisodeNavigation position={series} /> : undefined}
        title={primaryTitle ?? tconst}
        aside={<Makers title={title} />}
      >
        {originalTitle && originalTitle !== primaryTitle ? (
          <p className="original">Original title: {originalTitle}</p>
        ) : null}
        <Facts title={title} />
        {genres === null ? null : (
          <div className="chips">
            {genres.map((genre) => (
              <ChipLink key={genre} href={`/genre/${encodeURIComponent(genre)}`}>
                {genre}
              </ChipLink>
            ))}
          </div>
        )}
        <Rating
          size="large"
          averageRating={ratings?.averageRating ?? null}
          numVotes={ratings?.numVotes ?? null}
        />
      </PageHead>
    </div>
  );
}

function Facts({
  title: { tconst, titleType, startYear, endYear, runtimeMinutes, isAdult },
}: {
  readonly title: Title;
}): ReactNode {
  const facts = joinFacts(
    years(startYear, endYear),
    runtimeMinutes !== null && runtime(runtimeMinutes),
    isAdult === true && 'Adult',
  );
  return (
    <p>
      <span className="type">{labelOf(titleType)}</span>
      {facts === '' ? '' : ` · ${facts}`}
      {' · '}
      <ImdbLink kind="title" id={tconst} />
    </p>
  );
}

function Makers({ title: { crew, principals } }: { readonly title: Title }): ReactNode {
  const credits = principals?.items ?? [];
  return (
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
  /** Their jobs by id, such as `novel`. */
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
