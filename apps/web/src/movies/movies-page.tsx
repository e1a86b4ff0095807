import type { ListedMovie } from '@marquee/contract';
import { useRef, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useApiList, type ListItems } from '../api-client.ts';
import { RemovableChip } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { PageHead } from '../design/section.tsx';
import { Sheet } from '../design/sheet.tsx';
import { typeStyle } from '../design/type-colour.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import '../find/find.css';
import { SortSelect } from '../find/sort-select.tsx';
import { labelOf, years } from '../format.ts';
import { usePageTitle } from '../layout.tsx';
import { movieHref } from '../movie/movie-path.ts';
import { Poster } from '../movie/poster.tsx';
import { money } from '../movie/words.ts';
import { useSourceNames } from '../sources.ts';
import { ShowMore } from '../title-list.tsx';
import { movieChoices } from './movie-choices.ts';
import { MovieFilters } from './movie-filters.tsx';
import { MOVIE_SORTS, moviesPath, useMovieQuery, type MovieQuery } from './movie-query.ts';
import './movies.css';

/** The movies of all sources, as tiles, with filters of what the sources know. */
export function MoviesPage(): ReactNode {
  const query = useMovieQuery();
  const results = useRef<HTMLElement>(null);
  const list = useApiList('movies', moviesPath(query));
  const movies = list.data?.pages.flatMap(({ items }) => items) ?? [];
  usePageTitle(query.q === '' ? 'Movies' : `“${query.q}”: movies`);
  const clear = () => {
    results.current?.focus({ preventScroll: true });
    query.clear();
  };
  return (
    <>
      <PageHead title={query.q === '' ? 'Movies' : `Movies for “${query.q}”`}>
        <Chosen query={query} movies={movies} onClear={clear} />
      </PageHead>
      <div className="find movies">
        <section aria-label="Filters" className="find-filters">
          <MovieFilters query={query} />
        </section>
        <section aria-label="Results" className="find-results" ref={results} tabIndex={-1}>
          <Sorting query={query} onClear={clear} />
          {list.isPending ? <Loading what="movies" /> : null}
          {list.isLoadingError ? <ErrorMessage error={list.error} /> : null}
          <ul className="movie-tiles" aria-busy={list.isPlaceholderData}>
            {movies.map((movie) => (
              <MovieTile key={movie.id} movie={movie} />
            ))}
          </ul>
          {list.data !== undefined && movies.length === 0 ? (
            <EmptyState title="No movies match">
              <button type="button" className="primary" onClick={clear}>
                Clear filters
              </button>
            </EmptyState>
          ) : null}
          <ShowMore list={list} />
        </section>
      </div>
    </>
  );
}

function Chosen({
  query,
  movies,
  onClear,
}: {
  readonly query: MovieQuery;
  readonly movies: readonly ListedMovie[];
  readonly onClear: () => void;
}): ReactNode {
  const sourceName = useSourceNames();
  const companyName = (id: string) =>
    movies.flatMap(({ companies }) => companies).find((one) => one.id === id)?.name ?? id;
  const choices = movieChoices(query, (filter, id) =>
    filter === 'source' ? sourceName(id) : companyName(id),
  );
  return (
    <div className="chips" role="group" aria-label="Chosen filters">
      {choices.map(({ text, without }) => (
        <RemovableChip key={text} text={text} onRemove={() => query.change(without)} />
      ))}
      {choices.length > 1 ? (
        <button type="button" className="quiet" onClick={onClear}>
          Clear all filters
        </button>
      ) : null}
    </div>
  );
}

/** The search, the order, and on a phone the button of the filters. */
function Sorting({
  query,
  onClear,
}: {
  readonly query: MovieQuery;
  readonly onClear: () => void;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="sorting">
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const q = new FormData(event.currentTarget).get('q');
          query.change({ q: typeof q === 'string' ? q.trim() : null });
        }}
      >
        <input
          key={query.q}
          type="search"
          name="q"
          aria-label="Search these movies"
          placeholder="A name, in any language"
          defaultValue={query.q}
        />
      </form>
      <button
        type="button"
        className="filters-button"
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        Filters
      </button>
      <SortSelect
        query={query}
        choices={Object.entries(MOVIE_SORTS).filter(
          ([sort]) => query.q !== '' || !sort.startsWith('relevance'),
        )}
      />
      {isOpen ? (
        <Sheet
          title="Filters"
          onClose={() => setOpen(false)}
          footer={
            <>
              <button type="button" onClick={onClear}>
                Clear all
              </button>
              <button type="button" className="primary" onClick={() => setOpen(false)}>
                Show movies
              </button>
            </>
          }
        >
          <MovieFilters query={query} />
        </Sheet>
      ) : null}
    </div>
  );
}

function MovieTile({ movie }: { readonly movie: ListItems['movies'] }): ReactNode {
  const { id, title, type, year, endYear, rating, revenue, watched, sources, poster } = movie;
  const nameOf = useSourceNames();
  return (
    <li className="movie-tile hued" style={typeStyle(type)}>
      <Poster poster={poster} title={title} isLazy />
      <Link href={movieHref(id)} className="name">
        {title ?? id}
      </Link>
      <p className="muted">
        {[labelOf(type), years(year, endYear)].filter((fact) => fact !== '').join(' · ')}
      </p>
      <p className="muted">
        {rating === null ? 'not rated' : <b>★ {rating.value.toFixed(1)}</b>}
        {revenue === null ? null : ` · ${money(revenue)}`}
        {watched === true ? ' · watched' : ''}
      </p>
      <p className="muted tile-sources" title={sources.map(nameOf).join(', ')}>
        {sources.map(nameOf).join(', ')}
      </p>
    </li>
  );
}
