import type { Facets, SearchResult } from '@marquee/contract';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useAnswer, useList, type Lists } from '../answers.ts';
import { usePageTitle } from '../layout.tsx';
import { Failure, Loading } from '../states.tsx';
import { More, TitleRow } from '../title-list.tsx';
import { counted, facts, wordFor } from '../wording.ts';
import { FacetPanel } from './facets.tsx';
import { facetsPath, SORTS, titlesPath, useAsked, type Asked } from './filters.ts';

const WIDE = '(min-width: 60rem)';

/** The results of a search, with all filters; the URL says what is asked for. */
export function FindPage(): ReactNode {
  const asked = useAsked();
  usePageTitle(asked.q === '' ? 'Find' : asked.q);
  const chosen = Object.keys(asked.filters).length;
  const [filters, results] = [useRef<HTMLElement>(null), useRef<HTMLElement>(null)];
  const [wide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const media = matchMedia(WIDE);
    const changed = () => setWide(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, []);
  // the button goes, and where it was is the next best place to go on from
  const clear = (place: HTMLElement | null) => {
    place?.focus({ preventScroll: true });
    asked.clear();
  };
  return (
    <>
      <PageHeading asked={asked} />
      <div className="find">
        <section aria-label="Filters" ref={filters} tabIndex={-1}>
          <details className="filters" open={wide}>
            <summary>Filters{chosen > 0 ? ` (${chosen})` : ''}</summary>
            {chosen > 0 ? (
              <button type="button" onClick={() => clear(filters.current)}>
                Clear all filters
              </button>
            ) : null}
            <FacetPanel asked={asked} />
          </details>
        </section>
        <section aria-label="Results" ref={results} tabIndex={-1}>
          {asked.q === '' ? null : <FoundPeople q={asked.q} />}
          <Sorting asked={asked} />
          <Results asked={asked} onClear={() => clear(results.current)} />
        </section>
      </div>
    </>
  );
}

function PageHeading({ asked }: { readonly asked: Asked }): ReactNode {
  const people = usePeople(asked.q);
  const titles = useList('titles', titlesPath(asked));
  if (asked.q === '') return <h1>Find</h1>;
  const isNothing = people?.length === 0 && titles.data?.pages[0]?.items.length === 0;
  return (
    <h1>
      {isNothing ? 'Nothing found' : 'Found'} for “{asked.q}”
    </h1>
  );
}

function Sorting({ asked }: { readonly asked: Asked }): ReactNode {
  const facets = useAnswer('facets', facetsPath(asked));
  return (
    <div className="sorting">
      <p role="status">{facets.data ? howMany(facets.data) : ''}</p>
      <label>
        Sort by{' '}
        <select
          value={asked.sort || (asked.q === '' ? 'votes' : 'relevance')}
          onChange={(event) => asked.change({ sort: event.target.value, order: null })}
        >
          {Object.entries(SORTS)
            .filter(([sort]) => sort !== 'relevance' || asked.q !== '')
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
          value={asked.order}
          onChange={(event) => asked.change({ order: event.target.value })}
        >
          <option value="">Default</option>
          <option value="asc">Lowest first</option>
          <option value="desc">Highest first</option>
        </select>
      </label>
    </div>
  );
}

function howMany({ titles, exact, ofFirst }: Facets): string {
  return ofFirst === null
    ? `${exact ? '' : 'About '}${counted(titles, 'title')}`
    : `The ${counted(titles, 'title')} that fit best`;
}

function Results({
  asked,
  onClear,
}: {
  readonly asked: Asked;
  readonly onClear: () => void;
}): ReactNode {
  const list = useList('titles', titlesPath(asked));
  if (list.isPending) return <Loading what="titles" />;
  if (list.isLoadingError) return <Failure error={list.error} />;
  const titles = list.data.pages.flatMap(({ items }) => items);
  if (titles.length === 0) return <NothingFound asked={asked} onClear={onClear} />;
  return (
    <>
      <OnlyNear q={asked.q} kind="title" />
      <ol className="rows">
        {titles.map((title) => (
          <TitleRow key={title.tconst} title={title} />
        ))}
      </ol>
      <More list={list} />
    </>
  );
}

function NothingFound({
  asked,
  onClear,
}: {
  readonly asked: Asked;
  readonly onClear: () => void;
}): ReactNode {
  const people = usePeople(asked.q);
  const filtered = Object.keys(asked.filters).length > 0;
  return (
    <div className="state" role="status">
      {asked.q === '' ? <h2>Nothing found</h2> : null}
      {people !== undefined && people.length > 0 ? <p>None.</p> : null}
      <ul>
        {filtered ? (
          <li>
            <button type="button" className="quiet" onClick={onClear}>
              Take the filters away
            </button>
          </li>
        ) : null}
        {asked.q === '' ? null : (
          <li>
            Try fewer words, or another spelling; other countries&rsquo; titles are found too.
          </li>
        )}
        <li>
          Is there any data? <Link href="/data">See what is published</Link>
        </li>
      </ul>
    </div>
  );
}

/** The best of what is found by the words alone; undefined until it is known. */
function useFound(q: string, kind: SearchResult['kind']): readonly Lists['search'][] | undefined {
  return useAnswer(
    'search',
    q === '' ? null : `/search?${new URLSearchParams({ q, kind, limit: '6' }).toString()}`,
  ).data?.items;
}

/** The people whose names fit the words; undefined until they are known. */
function usePeople(q: string): readonly NonNullable<Lists['search']['name']>[] | undefined {
  return useFound(q, 'name')?.flatMap(({ name }) => (name ? [name] : []));
}

/** Says so where the best that is found is spelt otherwise, as all the rest then is. */
function OnlyNear({
  q,
  kind,
}: {
  readonly q: string;
  readonly kind: SearchResult['kind'];
}): ReactNode {
  if (useFound(q, kind)?.[0]?.match !== 'near') return null;
  return (
    <p className="muted">
      {kind === 'name' ? 'Nobody' : 'No title'} goes by “{q}”; these are spelt nearly so.
    </p>
  );
}

function FoundPeople({ q }: { readonly q: string }): ReactNode {
  const people = usePeople(q);
  if (people === undefined || people.length === 0) return null;
  return (
    <section className="found-people">
      <h2>People</h2>
      <OnlyNear q={q} kind="name" />
      <ul className="people three">
        {people.map(({ nconst, primaryName, birthYear, primaryProfession }) => (
          <li key={nconst}>
            <Link href={`/name/${nconst}`}>{primaryName ?? nconst}</Link>{' '}
            <span className="muted">
              {facts(primaryProfession?.slice(0, 2).map(wordFor).join(', '), birthYear?.toString())}
            </span>
          </li>
        ))}
      </ul>
      <h2>Titles</h2>
    </section>
  );
}
