import type { ReactNode } from 'react';
import { Link, Redirect, useParams } from 'wouter';
import type { ApiResponses } from '../api-client.ts';
import { ChipLink } from '../design/chip.tsx';
import { Rating } from '../design/rating.tsx';
import { PageHead, Section } from '../design/section.tsx';
import { typeStyle } from '../design/type-colour.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { joinFacts, labelOf, runtime, years } from '../format.ts';
import { usePageTitle } from '../layout.tsx';
import '../title/title.css';
import { MergedSections } from './merged-sections.tsx';
import { useMovie } from './merged-movie.ts';
import { Names } from './names.tsx';
import { Poster } from './poster.tsx';
import { ProvenanceSection } from './provenance.tsx';
import { SourceMark } from './source-mark.tsx';

type MovieResponse = ApiResponses['movie'];

/** People of a role that the head of the page names. */
const MAKERS_SHOWN = 6;

/** The page of a movie that IMDb does not know. Ids that it had before lead to its page of now. */
export function MoviePage(): ReactNode {
  const { id = '' } = useParams();
  const movie = useMovie(id);
  usePageTitle(movie.data && (movie.data.title ?? id));
  if (movie.isPending) return <Loading what="the movie" />;
  if (movie.isLoadingError) return <ErrorMessage page error={movie.error} />;
  const { data } = movie;
  if (data.imdb !== null) return <Redirect to={`/title/${data.imdb}`} replace />;
  if (data.id !== id) return <Redirect to={`/movie/${data.id}`} replace />;
  const provenance = data.provenance ?? {};
  return (
    <>
      <Head movie={data} />
      <MergedSections movie={data} provenance={provenance} />
      <People people={data.people} />
      <Names names={data.names} provenance={provenance} />
      <ProvenanceSection movie={data} />
    </>
  );
}

function Head({ movie }: { readonly movie: MovieResponse }): ReactNode {
  const { title, originalTitle, type, year, endYear, runtimeMinutes, certificate } = movie;
  const { rating, genres, provenance, people } = movie;
  const facts = joinFacts(
    years(year, endYear),
    runtimeMinutes !== null && runtime(runtimeMinutes),
    certificate,
    movie.isAdult === true && 'Adult',
  );
  return (
    <div className="title-head hued" style={typeStyle(type)}>
      <Poster poster={movie.poster ?? null} title={title} />
      <PageHead title={title ?? movie.id} aside={<Makers people={people} />}>
        {originalTitle && originalTitle !== title ? (
          <p className="original">Original title: {originalTitle}</p>
        ) : null}
        <p>
          <span className="type">{labelOf(type)}</span>
          {facts === '' ? '' : ` · ${facts}`} · <span className="muted">not at IMDb</span>
          <SourceMark field="title" provenance={provenance?.title} />
        </p>
        {genres.length === 0 ? null : (
          <div className="chips">
            {genres.map((genre) => (
              <ChipLink key={genre} href={`/movie?genre=${encodeURIComponent(genre)}`}>
                {genre}
              </ChipLink>
            ))}
          </div>
        )}
        <Rating
          size="large"
          averageRating={rating?.value ?? null}
          numVotes={rating?.votes ?? null}
        />
      </PageHead>
    </div>
  );
}

type People = MovieResponse['people'];

function Makers({ people }: { readonly people: People }): ReactNode {
  const roles = [
    ['director', 'Directors'],
    ['writer', 'Writers'],
  ] as const;
  return (
    <dl className="makers">
      {roles.map(([role, label]) => {
        const ofRole = people.filter((one) => one.role === role).slice(0, MAKERS_SHOWN);
        return ofRole.length === 0 ? null : (
          <div key={role}>
            <dt>{ofRole.length === 1 ? labelOf(role) : label}</dt>
            {ofRole.map((person) => (
              <dd key={person.imdb ?? person.name}>
                <PersonLink person={person} />
              </dd>
            ))}
          </div>
        );
      })}
    </dl>
  );
}

/** Cast and crew by role, those in the head too. */
function People({ people }: { readonly people: People }): ReactNode {
  const byRole = Map.groupBy(people, ({ role }) => role);
  const shown = [...byRole].filter(([role]) => role !== 'director' && role !== 'writer');
  if (shown.length === 0) return null;
  return (
    <Section title="Cast and crew">
      <div className="roles">
        {shown.map(([role, ofRole]) => (
          <div key={role}>
            <h3>{labelOf(role)}</h3>
            <ul className="people">
              {ofRole.map((person) => (
                <li key={person.imdb ?? person.name}>
                  <PersonLink person={person} />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </Section>
  );
}

function PersonLink({ person: { name, imdb } }: { readonly person: People[number] }): ReactNode {
  return imdb === null ? name : <Link href={`/name/${imdb}`}>{name}</Link>;
}
