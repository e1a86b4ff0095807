import { USUAL_WORDS } from '@marquee/contract/usual-words';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { Segmented } from '../design/segmented.tsx';
import { RangeFilter, RATING_PRESETS, YEAR_PRESETS } from '../find/range-filter.tsx';
import { labelOf, regionName } from '../format.ts';
import { useOtherSources } from '../sources.ts';
import type { MovieFilter, MovieQuery } from './movie-query.ts';

const MAX_MONEY = 1_000_000_000_000;
/** Companies and countries that are offered: those of most movies with budget and revenue. */
const OFFERED = 12;

type Value = readonly [value: string, label: string];

/** The filters of movies: those of titles, and what other sources know. */
export function MovieFilters({ query }: { readonly query: MovieQuery }): ReactNode {
  const sources = useOtherSources();
  return (
    <div className="facets">
      <Values
        query={query}
        filter="source"
        title="Source"
        values={sources.map(({ id, name }) => [id, name])}
      />
      <Values
        query={query}
        filter="type"
        title="Type"
        values={USUAL_WORDS.titleType.map((type) => [type, labelOf(type)])}
        isClosed
      />
      <Values
        query={query}
        filter="genre"
        title="Genre"
        values={USUAL_WORDS.genre.map((genre) => [genre, genre])}
        isClosed
      />
      <Ranges query={query} />
      <ProfitValues query={query} filter="company" title="Company" />
      <ProfitValues query={query} filter="country" title="Country" />
      <div className="choice">
        <p aria-hidden="true">In your library</p>
        <Segmented
          label="In your library"
          value={query.filters.watched ?? ''}
          choices={[
            ['', 'Any'],
            ['true', 'Watched'],
            ['false', 'Not yet'],
          ]}
          onChange={(watched) => query.change({ watched })}
        />
      </div>
    </div>
  );
}

function Ranges({ query }: { readonly query: MovieQuery }): ReactNode {
  return (
    <>
      <RangeFilter
        query={query}
        title="Year"
        from="yearFrom"
        to="yearTo"
        max={9999}
        presets={YEAR_PRESETS}
      />
      <RangeFilter
        query={query}
        title="Combined rating"
        from="ratingFrom"
        to="ratingTo"
        max={10}
        step={0.1}
        presets={RATING_PRESETS}
      />
      <RangeFilter
        query={query}
        title="Budget, US dollars"
        from="budgetFrom"
        to="budgetTo"
        max={MAX_MONEY}
        presets={[
          ['Up to 1M', '', '1000000'],
          ['1M–50M', '1000000', '50000000'],
          ['100M+', '100000000', ''],
        ]}
      />
      <RangeFilter
        query={query}
        title="Revenue, US dollars"
        from="revenueFrom"
        to="revenueTo"
        max={MAX_MONEY}
        presets={[
          ['10M+', '10000000', ''],
          ['100M+', '100000000', ''],
          ['1B+', '1000000000', ''],
        ]}
      />
    </>
  );
}

function Values({
  query,
  filter,
  title,
  values,
  isClosed = false,
}: {
  readonly query: MovieQuery;
  readonly filter: MovieFilter;
  readonly title: string;
  readonly values: readonly Value[];
  readonly isClosed?: boolean;
}): ReactNode {
  const chosen = query.valuesOf(filter);
  // what the URL has stays listed, if it is offered or not
  const others = chosen
    .filter((value) => !values.some(([one]) => one === value))
    .map((value): Value => [value, value]);
  return (
    <details open={!isClosed || chosen.length > 0}>
      <summary>{title}</summary>
      <ul aria-label={title}>
        {[...others, ...values].map(([value, label]) => (
          <li key={value}>
            <label>
              <input
                type="checkbox"
                checked={chosen.includes(value)}
                onChange={() => query.toggle(filter, value)}
              />{' '}
              {label}
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Companies or countries with most movies of which both amounts are known. */
function ProfitValues({
  query,
  filter,
  title,
}: {
  readonly query: MovieQuery;
  readonly filter: 'company' | 'country';
  readonly title: string;
}): ReactNode {
  const { data } = useApi('profit', `/aggregates/profit?by=${filter}&sort=movies&limit=${OFFERED}`);
  const values = (data?.items ?? []).flatMap((group): Value[] => {
    const value = group[filter];
    if (value === null) return [];
    return [[value, filter === 'company' ? (group.companyName ?? value) : regionName(value)]];
  });
  return <Values query={query} filter={filter} title={title} values={values} isClosed />;
}
