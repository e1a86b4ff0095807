import { useId, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Facet, Suggestion } from '@marquee/contract';
import { useApi } from '../api-client.ts';
import { Segmented } from '../design/segmented.tsx';
import { languageName, regionName, labelOf } from '../format.ts';
import { pageOf, SearchBox } from '../search-box.tsx';
import { facetCount, facetValues, type FacetName } from './facet-values.ts';
import { usePersonName } from './person-name.ts';
import { RangeFilter, RATING_PRESETS, YEAR_PRESETS } from './range-filter.tsx';
import { facetsPath, ROLES, type Filter, type TitleQuery } from './title-query.ts';

/** Number of values that a facet shows until it is expanded. */
const COLLAPSED_VALUES = 8;

/** All filters of titles, with numbers of titles for those with few values. */
export function FacetPanel({ query }: { readonly query: TitleQuery }): ReactNode {
  return (
    <div className="facets">
      <FacetList query={query} filter="titleType" from="types" title="Type" labelOf={labelOf} />
      <GenreFilter query={query} />
      <Ranges query={query} />
      <PersonFilter query={query} />
      <FacetList
        query={query}
        filter="country"
        from="regions"
        title="Title in region"
        labelOf={regionName}
        closed
      />
      <FacetList
        query={query}
        filter="language"
        from="languages"
        title="Title in language"
        labelOf={languageName}
        closed
      />
      <ChoiceFilter
        query={query}
        filter="hasEpisodes"
        title="Episodes"
        choices={[
          ['', 'Any'],
          ['true', 'With'],
          ['false', 'Without'],
        ]}
      />
      <ChoiceFilter
        query={query}
        filter="isAdult"
        title="Adult titles"
        choices={[
          ['', 'Any'],
          ['false', 'None'],
          ['true', 'Only'],
        ]}
      />
    </div>
  );
}

/** Year, rating, votes and running time. */
function Ranges({ query }: { readonly query: TitleQuery }): ReactNode {
  return (
    <>
      <RangeFilter
        query={query}
        title="Year"
        from="startYearFrom"
        to="startYearTo"
        max={9999}
        presets={YEAR_PRESETS}
      />
      <RangeFilter
        query={query}
        title="Rating"
        from="averageRatingFrom"
        to="averageRatingTo"
        max={10}
        step={0.1}
        presets={RATING_PRESETS}
      />
      <RangeFilter
        query={query}
        title="Votes"
        from="numVotesFrom"
        to="numVotesTo"
        max={2_147_483_647}
        presets={[
          ['Rated only', '1', ''],
          ['100+', '100', ''],
          ['1,000+', '1000', ''],
          ['10,000+', '10000', ''],
        ]}
      />
      <RangeFilter
        query={query}
        title="Minutes"
        from="runtimeMinutesFrom"
        to="runtimeMinutesTo"
        max={2_147_483_647}
        presets={[
          ['Under 40', '', '39'],
          ['40–90', '40', '90'],
          ['Over 2 h', '121', ''],
        ]}
      />
    </>
  );
}

interface FacetListProps {
  readonly query: TitleQuery;
  readonly filter: Filter;
  readonly from: FacetName;
  readonly title: string;
  readonly labelOf?: (value: string) => string;
  /**
   * Whether a further value narrows the list. Otherwise it widens it, and counts ignore this
   * filter.
   */
  readonly narrows?: boolean;
  readonly closed?: boolean;
  /** Stands between the title and the values. */
  readonly children?: ReactNode;
}

function FacetList({
  query,
  filter,
  from,
  title,
  labelOf: label = String,
  narrows = false,
  closed = false,
  children,
}: FacetListProps): ReactNode {
  const chosen = query.valuesOf(filter);
  const [open, setOpen] = useState(!closed || chosen.length > 0);
  const [all, setAll] = useState(false);
  const facets = useApi('facets', open ? facetsPath(query) : null);
  const values = facetValues(narrows ? facets.data : facets.data?.alternatives, from, chosen);
  // the titles found have no excluded value
  const hasCount = ({ value, count }: Facet) =>
    count >= 0 && !(filter === 'genreNone' && chosen.includes(value));
  const shown = all
    ? values
    : values.filter(({ value }, index) => index < COLLAPSED_VALUES || chosen.includes(value));
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {children}
      {facets.isLoadingError ? <p className="muted">Not known at the moment.</p> : null}
      {values.length === 0 && !facets.isLoading && !facets.isLoadingError ? (
        <p className="muted">Nothing to choose from.</p>
      ) : null}
      <ul aria-label={title} className={facets.isLoading ? 'pending' : undefined}>
        {shown.map((facet) => (
          <li key={facet.value}>
            <label>
              <input
                type="checkbox"
                checked={chosen.includes(facet.value)}
                onChange={() => query.toggle(filter, facet.value)}
              />{' '}
              {label(facet.value)}{' '}
              <small className="muted">{hasCount(facet) ? facetCount(facet) : ''}</small>
            </label>
          </li>
        ))}
      </ul>
      {values.length > shown.length ? (
        <button
          type="button"
          className="quiet"
          aria-label={`All ${values.length}: ${title}`}
          onClick={() => setAll(true)}
        >
          All {values.length}
        </button>
      ) : null}
    </details>
  );
}

type GenreMode = 'genre' | 'genreAny' | 'genreNone';

/** One list for all three ways of filtering by genre; a choice in one way stays in the others. */
function GenreFilter({ query }: { readonly query: TitleQuery }): ReactNode {
  const [mode, setMode] = useState<GenreMode>(() => firstMode(query));
  return (
    <FacetList query={query} filter={mode} from="genres" title="Genre" narrows={mode === 'genre'}>
      <Segmented
        label="A title has"
        value={mode}
        choices={[
          ['genre', 'All of'],
          ['genreAny', 'Any of'],
          ['genreNone', 'None of'],
        ]}
        onChange={setMode}
      />
    </FacetList>
  );
}

function firstMode({ valuesOf }: TitleQuery): GenreMode {
  const used = (['genre', 'genreAny', 'genreNone'] as const).find(
    (mode) => valuesOf(mode).length > 0,
  );
  return used ?? 'genre';
}

function ChoiceFilter({
  query,
  filter,
  title,
  choices,
}: {
  readonly query: TitleQuery;
  readonly filter: Filter;
  readonly title: string;
  readonly choices: readonly (readonly [string, string])[];
}): ReactNode {
  return (
    <div className="choice">
      <p aria-hidden="true">{title}</p>
      <Segmented
        label={title}
        value={query.filters[filter] ?? ''}
        choices={choices}
        onChange={(value) => query.change({ [filter]: value })}
      />
    </div>
  );
}

/** One box for people and titles: a person becomes a filter, a title is opened. */
function PersonFilter({ query }: { readonly query: TitleQuery }): ReactNode {
  const id = useId();
  const { person, role = '' } = query.filters;
  const name = usePersonName(query);
  const hrefOf = (chosen: Pick<Suggestion, 'kind' | 'id'>) =>
    chosen.kind === 'name' ? query.urlWith({ person: chosen.id }) : pageOf(chosen);
  return (
    <fieldset className="person">
      <legend>Cast or crew</legend>
      {person === undefined ? (
        <SearchBox label="A person, or a title to open" hrefOf={hrefOf} />
      ) : (
        <>
          <p>
            <Link href={`/name/${person}`}>{name ?? person}</Link>{' '}
            <button type="button" className="quiet" onClick={() => query.change({ person: null })}>
              Any person
            </button>
          </p>
          <label htmlFor={id}>Role</label>{' '}
          <select
            id={id}
            value={role}
            onChange={({ target }) => query.change({ role: target.value })}
          >
            <option value="">Any</option>
            {ROLES.map((one) => (
              <option key={one} value={one}>
                {labelOf(one)}
              </option>
            ))}
          </select>
        </>
      )}
    </fieldset>
  );
}
