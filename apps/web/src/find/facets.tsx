import { useId, useState, type ReactNode, type SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { useApi } from '../api-client.ts';
import { SearchBox } from '../search-box.tsx';
import { languageName, regionName, labelOf } from '../format.ts';
import type { Facet } from '@marquee/contract';
import { facetCount, facetValues, type FacetName } from './facet-values.ts';
import { facetsPath, type TitleQuery, type Filter } from './title-query.ts';

/** Number of values that a facet shows until it is expanded. */
const COLLAPSED_VALUES = 8;

/** All filters of titles, with numbers of titles for those with few values. */
export function FacetPanel({ query }: { readonly query: TitleQuery }): ReactNode {
  return (
    <div className="facets">
      <FacetList query={query} filter="titleType" from="types" title="Type" labelOf={labelOf} />
      <FacetList query={query} filter="genre" from="genres" title="Genres, all of" narrows />
      <RangeFilter query={query} title="Year" from="startYearFrom" to="startYearTo" max={9999} />
      <RangeFilter
        query={query}
        title="Rating"
        from="averageRatingFrom"
        to="averageRatingTo"
        max={10}
        step={0.1}
      />
      <RangeFilter
        query={query}
        title="Votes"
        from="numVotesFrom"
        to="numVotesTo"
        max={2_147_483_647}
      />
      <RangeFilter
        query={query}
        title="Minutes"
        from="runtimeMinutesFrom"
        to="runtimeMinutesTo"
        max={2_147_483_647}
      />
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
      <FacetList query={query} filter="genreAny" from="genres" title="Genres, any of" closed />
      <FacetList query={query} filter="genreNone" from="genres" title="Genres, none of" closed />
      <SelectFilter
        query={query}
        filter="hasEpisodes"
        title="Episodes"
        choices={[
          ['true', 'With episodes'],
          ['false', 'Without episodes'],
        ]}
      />
      <SelectFilter
        query={query}
        filter="isAdult"
        title="Adult titles"
        choices={[
          ['false', 'Exclude'],
          ['true', 'Only adult titles'],
        ]}
      />
    </div>
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
}

function FacetList({
  query,
  filter,
  from,
  title,
  labelOf: label = String,
  narrows = false,
  closed = false,
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
      {facets.isPending ? <p className="muted">Counting …</p> : null}
      {facets.isLoadingError ? <p className="muted">{facets.error.message}</p> : null}
      <ul aria-label={title}>
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

interface RangeProps {
  readonly query: TitleQuery;
  readonly title: string;
  readonly from: Filter;
  readonly to: Filter;
  readonly max: number;
  readonly step?: number;
}

function RangeFilter({ query, title, from, to, max, step = 1 }: RangeProps): ReactNode {
  const { [from]: low = '', [to]: high = '' } = query.filters;
  const [typed, setTyped] = useState({ low, high, since: { low, high } });
  // reset the inputs when the URL changes
  if (typed.since.low !== low || typed.since.high !== high)
    setTyped({ low, high, since: { low, high } });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    query.change({ [from]: typed.low, [to]: typed.high });
  };
  const bounds = { type: 'number', min: 0, max, step } as const;
  return (
    <form className="range" onSubmit={submit}>
      <fieldset>
        <legend>{title}</legend>
        <input
          {...bounds}
          aria-label={`${title} from`}
          placeholder="from"
          value={typed.low}
          onChange={({ target }) => setTyped({ ...typed, low: target.value })}
        />
        <span aria-hidden="true">–</span>
        <input
          {...bounds}
          aria-label={`${title} to`}
          placeholder="to"
          value={typed.high}
          onChange={({ target }) => setTyped({ ...typed, high: target.value })}
        />
        <button type="submit" aria-label={`Go: filter by ${title.toLowerCase()}`}>
          Go
        </button>
      </fieldset>
    </form>
  );
}

function SelectFilter({
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
  const id = useId();
  return (
    <p className="choice">
      <label htmlFor={id}>{title}</label>{' '}
      <select
        id={id}
        value={query.filters[filter] ?? ''}
        onChange={(event) => query.change({ [filter]: event.target.value })}
      >
        <option value="">Any</option>
        {choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </p>
  );
}

const ROLES = ['cast', 'director', 'writer', 'producer', 'composer', 'cinematographer', 'editor'];

function PersonFilter({ query }: { readonly query: TitleQuery }): ReactNode {
  const { person } = query.filters;
  const name = useApi('name', person === undefined ? null : `/names/${person}`);
  if (person === undefined) {
    return (
      <fieldset>
        <legend>Cast or crew</legend>
        <SearchBox
          label="Choose a person"
          kind="name"
          onPick={(_, id) => query.change({ person: id })}
        />
      </fieldset>
    );
  }
  return (
    <fieldset>
      <legend>Cast or crew</legend>
      <p>
        <Link href={`/name/${person}`}>{name.data?.primaryName ?? person}</Link>{' '}
        <button type="button" className="quiet" onClick={() => query.change({ person: null })}>
          Any person
        </button>
      </p>
      <SelectFilter
        query={query}
        filter="role"
        title="Role"
        choices={ROLES.map((role) => [role, labelOf(role)])}
      />
    </fieldset>
  );
}
