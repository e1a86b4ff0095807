import type { Facets } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { isRefusal, useApi, useApiList } from '../api-client.ts';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { count, quantity } from '../format.ts';
import { ShowMore, TitleRow } from '../title-list.tsx';
import { DidYouMean, usePeople } from './found-people.tsx';
import { SortSelect } from './sort-select.tsx';
import {
  facetsPath,
  sortsFor,
  titlesPath,
  unusualWords,
  type Range,
  type TitleQuery,
  type UnknownValue,
} from './title-query.ts';

/** Rows of the first page that fit on a screen. */
const ROWS = 20;

/** The number of results, and their order; on a phone also the button of the filters. */
export function Sorting({
  query,
  children,
}: {
  readonly query: TitleQuery;
  readonly children?: ReactNode;
}): ReactNode {
  const facets = useApi('facets', facetsPath(query));
  return (
    <div className="sorting">
      <p role="status">
        {facets.data && query.crossed.length === 0 ? resultCount(facets.data) : ' '}
      </p>
      {children}
      <SortSelect query={query} choices={sortsFor(query)} />
    </div>
  );
}

function resultCount({ titles, exact, ofFirst }: Facets): string {
  return ofFirst === null
    ? `${exact ? '' : 'About '}${quantity(titles, 'title')}`
    : `The ${count(titles)} best matches`;
}

/** The titles of a query, or what is wrong with it. The previous ones stay while it is loading. */
export function Results({
  query,
  onClear,
}: {
  readonly query: TitleQuery;
  readonly onClear: () => void;
}): ReactNode {
  const list = useApiList('titles', titlesPath(query));
  const [crossed] = query.crossed;
  if (crossed !== undefined) return <CrossedRange query={query} range={crossed} />;
  // the API knows the words that are published, and refuses others
  const refused = isRefusal(list.error) ? unusualWords(query) : [];
  if (refused.length > 0) return <UnknownValues query={query} values={refused} />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const titles = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <UnknownValues query={query} values={query.unknown} />
      {list.isPending ? <Loading what="titles" rows={ROWS} /> : null}
      {titles.length > 0 ? <DidYouMean q={query.q} /> : null}
      <ol className="rows" aria-busy={list.isPlaceholderData}>
        {titles.map((title) => (
          <TitleRow key={title.tconst} title={title} />
        ))}
      </ol>
      {query.sort.startsWith('weighted') && titles.length > 0 ? (
        <p className="section-note">Ratings of few votes are weighted towards the mean.</p>
      ) : null}
      <ShowMore list={list} />
      {titles.length === 0 && !list.isPending ? (
        <NothingFound query={query} onClear={onClear} />
      ) : null}
    </>
  );
}

function CrossedRange({
  query: { filters, change },
  range: { from, to, what },
}: {
  readonly query: TitleQuery;
  readonly range: Range;
}): ReactNode {
  const swap = () => change({ [from]: filters[to] ?? null, [to]: filters[from] ?? null });
  return (
    <EmptyState title={`No ${what} lie between ${filters[from]} and ${filters[to]}`}>
      <p>The first number is the greater one.</p>
      <button type="button" className="primary" onClick={swap}>
        From {filters[to]} to {filters[from]}
      </button>
    </EmptyState>
  );
}

const NAMES: Readonly<Partial<Record<UnknownValue['name'], string>>> = {
  titleType: 'type of titles',
  genre: 'genre',
  genreAny: 'genre',
  genreNone: 'genre',
  startYearFrom: 'year',
  startYearTo: 'year',
  averageRatingFrom: 'rating from 0 to 10',
  averageRatingTo: 'rating from 0 to 10',
  runtimeMinutesFrom: 'number of minutes',
  runtimeMinutesTo: 'number of minutes',
  numVotesFrom: 'number of votes',
  numVotesTo: 'number of votes',
  person: 'id of a person',
  role: 'role of a person',
  sort: 'order',
};

/** Names the values of the URL that are unknown. */
function UnknownValues({
  query,
  values,
}: {
  readonly query: TitleQuery;
  readonly values: readonly UnknownValue[];
}): ReactNode {
  if (values.length === 0) return null;
  return (
    <ul className="state warning" role="status">
      {values.map(({ name, value }) => (
        <li key={name + value}>
          “{value}” is no {NAMES[name] ?? 'value of this filter'}.{' '}
          <button
            type="button"
            className="quiet"
            onClick={() =>
              query.change({
                [name]:
                  name === 'sort'
                    ? null
                    : query
                        .valuesOf(name)
                        .filter((one) => one !== value)
                        .join(','),
              })
            }
          >
            Remove it
          </button>
        </li>
      ))}
    </ul>
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
  const isFiltered = Object.keys(query.filters).length > 0;
  const hasPeople = people !== undefined && people.length > 0;
  return (
    <EmptyState title={hasPeople ? 'No titles, but people' : 'No titles match'}>
      {isFiltered ? (
        <p>
          <button type="button" className="primary" onClick={onClear}>
            Clear filters
          </button>
        </p>
      ) : null}
      {query.q === '' ? null : (
        <p>Try fewer words or another spelling. Titles of other countries are searched too.</p>
      )}
      {query.q === '' && !isFiltered ? (
        <p>
          No data has been loaded yet. <Link href="/data">Load it</Link>
        </p>
      ) : null}
    </EmptyState>
  );
}
