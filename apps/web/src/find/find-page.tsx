import type { Facets, SearchResult } from '@marquee/contract';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi, useApiList, type ListItems } from '../api-client.ts';
import { usePageTitle } from '../layout.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { ShowMore, TitleRow } from '../title-list.tsx';
import { count, joinFacts, labelOf, quantity } from '../format.ts';
import { FacetPanel } from './facets.tsx';
import './find.css';
import { facetsPath, SORTS, titlesPath, useTitleQuery, type TitleQuery } from './title-query.ts';

const WIDE = '(min-width: 60rem)';

/** Results of a search with all filters. The URL holds the query. */
export function FindPage(): ReactNode {
  const query = useTitleQuery();
  usePageTitle(query.q === '' ? 'Find' : query.q);
  const chosen = Object.keys(query.filters).length;
  const [filters, results] = [useRef<HTMLElement>(null), useRef<HTMLElement>(null)];
  const [wide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const media = matchMedia(WIDE);
    const changed = () => setWide(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, []);
  // the button disappears: move the focus to its section instead of the top of the page
  const clear = (target: HTMLElement | null) => {
    target?.focus({ preventScroll: true });
    query.clear();
  };
  return (
    <>
      <PageHeading query={query} />
      <div className="find">
        <section aria-label="Filters" ref={filters} tabIndex={-1}>
          <details className="filters" open={wide}>
            <summary>Filters{chosen > 0 ? ` (${chosen})` : ''}</summary>
            {chosen > 0 ? (
              <button type="button" onClick={() => clear(filters.current)}>
                Clear all filters
              </button>
            ) : null}
            <FacetPanel query={query} />
          </details>
        </section>
        <section aria-label="Results" ref={results} tabIndex={-1}>
          {query.q === '' ? null : <FoundPeople q={query.q} />}
          <Sorting query={query} />
          <Results query={query} onClear={() => clear(results.current)} />
        </section>
      </div>
    </>
  );
}

function PageHeading({ query }: { readonly query: TitleQuery }): ReactNode {
  const people = usePeople(query.q);
  const titles = useApiList('titles', titlesPath(query));
  if (query.q === '') return <h1>Find</h1>;
  const isNothing = people?.length === 0 && titles.data?.pages[0]?.items.length === 0;
  return (
    <h1>
      {isNothing ? 'No results' : 'Results'} for “{query.q}”
    </h1>
  );
}

function Sorting({ query }: { readonly query: TitleQuery }): ReactNode {
  const facets = useApi('facets', facetsPath(query));
  return (
    <div className="sorting">
      <p role="status">{facets.data ? resultCount(facets.data) : ''}</p>
      <label>
        Sort by{' '}
        <select
          value={query.sort || (query.q === '' ? 'votes' : 'relevance')}
          onChange={(event) => query.change({ sort: event.target.value, order: null })}
        >
          {Object.entries(SORTS)
            .filter(([sort]) => sort !== 'relevance' || query.q !== '')
            .map(([sort, text]) => (
              <option key={sort} value={sort}>
                {text}
              </option>
            ))}
        </select>
      </label>
      <label>
        Order{' '}
        <select
          value={query.order}
          onChange={(event) => query.change({ order: event.target.value })}
        >
          <option value="">Default</option>
          <option value="asc">Lowest first</option>
          <option value="desc">Highest first</option>
        </select>
      </label>
    </div>
  );
}

function resultCount({ titles, exact, ofFirst }: Facets): string {
  return ofFirst === null
    ? `${exact ? '' : 'About '}${quantity(titles, 'title')}`
    : `The ${count(titles)} best matches`;
}

function Results({
  query,
  onClear,
}: {
  readonly query: TitleQuery;
  readonly onClear: () => void;
}): ReactNode {
  const list = useApiList('titles', titlesPath(query));
  if (list.isPending) return <Loading what="titles" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const titles = list.data.pages.flatMap(({ items }) => items);
  if (titles.length === 0) return <NothingFound query={query} onClear={onClear} />;
  return (
    <>
      <NoExactMatch q={query.q} kind="title" />
      <ol className="rows">
        {titles.map((title) => (
          <TitleRow key={title.tconst} title={title} />
        ))}
      </ol>
      <ShowMore list={list} />
    </>
  );
}

function NothingFound({
  query,
  onClear,
}: {
  readonly query: TitleQuery;
  readonly onClear: () => void;
}): ReactNode {
  const people = usePeople(query.q);
  const filtered = Object.keys(query.filters).length > 0;
  return (
    <div className="state" role="status">
      {query.q === '' ? <h2>No results</h2> : null}
      {people !== undefined && people.length > 0 ? <p>No titles found.</p> : null}
      <ul>
        {filtered ? (
          <li>
            <button type="button" className="quiet" onClick={onClear}>
              Clear filters
            </button>
          </li>
        ) : null}
        {query.q === '' ? null : (
          <li>Try fewer words or another spelling. Titles of other countries are searched too.</li>
        )}
        <li>
          Is there any data? <Link href="/data">See the published data</Link>
        </li>
      </ul>
    </div>
  );
}

/** The best matches of the text without filters; undefined while loading. */
function useSearchResults(
  q: string,
  kind: SearchResult['kind'],
): readonly ListItems['search'][] | undefined {
  return useApi(
    'search',
    q === '' ? null : `/search?${new URLSearchParams({ q, kind, limit: '6' }).toString()}`,
  ).data?.items;
}

/** People whose names match the text; undefined while loading. */
function usePeople(q: string): readonly NonNullable<ListItems['search']['name']>[] | undefined {
  return useSearchResults(q, 'name')?.flatMap(({ name }) => (name ? [name] : []));
}

/** Shown if even the best match only has similar words. */
function NoExactMatch({
  q,
  kind,
}: {
  readonly q: string;
  readonly kind: SearchResult['kind'];
}): ReactNode {
  if (useSearchResults(q, kind)?.[0]?.match !== 'near') return null;
  return (
    <p className="muted">
      No {kind === 'name' ? 'person' : 'title'} matches “{q}”. Did you mean one of these?
    </p>
  );
}

function FoundPeople({ q }: { readonly q: string }): ReactNode {
  const people = usePeople(q);
  if (people === undefined || people.length === 0) return null;
  return (
    <section className="found-people">
      <h2>People</h2>
      <NoExactMatch q={q} kind="name" />
      <ul className="people three">
        {people.map(({ nconst, primaryName, birthYear, primaryProfession }) => (
          <li key={nconst}>
            <Link href={`/name/${nconst}`}>{primaryName ?? nconst}</Link>{' '}
            <span className="muted">
              {joinFacts(
                primaryProfession?.slice(0, 2).map(labelOf).join(', '),
                birthYear?.toString(),
              )}
            </span>
          </li>
        ))}
      </ul>
      <h2>Titles</h2>
    </section>
  );
}
