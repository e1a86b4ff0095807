import { useId, useState, type ReactNode, type SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { useAnswer } from '../answers.ts';
import { SearchBox } from '../search-box.tsx';
import { language, region, wordFor } from '../wording.ts';
import { facetCount, valuesOf, type FacetName } from './facet-values.ts';
import { facetsPath, type Asked, type Filter } from './filters.ts';

/** How many values a facet shows before it is asked for all. */
const FEW = 8;

/** All filters there are; those that have few values, with how many titles each leaves. */
export function FacetPanel({ asked }: { readonly asked: Asked }): ReactNode {
  return (
    <div className="facets">
      <FacetList asked={asked} filter="titleType" from="types" title="Type" wordFor={wordFor} />
      <FacetList asked={asked} filter="genre" from="genres" title="Genres, all of" narrows />
      <Range asked={asked} title="Year" from="startYearFrom" to="startYearTo" max={9999} />
      <Range
        asked={asked}
        title="Rating"
        from="averageRatingFrom"
        to="averageRatingTo"
        max={10}
        step={0.1}
      />
      <Range asked={asked} title="Votes" from="numVotesFrom" to="numVotesTo" max={2_147_483_647} />
      <Range
        asked={asked}
        title="Minutes"
        from="runtimeMinutesFrom"
        to="runtimeMinutesTo"
        max={2_147_483_647}
      />
      <Person asked={asked} />
      <FacetList
        asked={asked}
        filter="country"
        from="regions"
        title="Has a title in"
        wordFor={region}
        closed
      />
      <FacetList
        asked={asked}
        filter="language"
        from="languages"
        title="Language of a name"
        wordFor={language}
        closed
      />
      <FacetList asked={asked} filter="genreAny" from="genres" title="Genres, any of" closed />
      <FacetList asked={asked} filter="genreNone" from="genres" title="Genres, none of" closed />
      <Choice
        asked={asked}
        filter="hasEpisodes"
        title="Episodes"
        choices={[
          ['true', 'Has episodes'],
          ['false', 'Has none'],
        ]}
      />
      <Choice
        asked={asked}
        filter="isAdult"
        title="Adult titles"
        choices={[
          ['false', 'Leave out'],
          ['true', 'Only these'],
        ]}
      />
    </div>
  );
}

interface FacetListProps {
  readonly asked: Asked;
  readonly filter: Filter;
  readonly from: FacetName;
  readonly title: string;
  readonly wordFor?: (value: string) => string;
  /**
   * Whether each further value narrows the list down; otherwise it widens it, and counts are those
   * without this filter.
   */
  readonly narrows?: boolean;
  readonly closed?: boolean;
}

function FacetList({
  asked,
  filter,
  from,
  title,
  wordFor: word = String,
  narrows = false,
  closed = false,
}: FacetListProps): ReactNode {
  const chosen = asked.listOf(filter);
  const [open, setOpen] = useState(!closed || chosen.length > 0);
  const [all, setAll] = useState(false);
  const facets = useAnswer('facets', open ? facetsPath(asked, narrows ? undefined : filter) : null);
  const values = valuesOf(facets.data, from, chosen);
  const shown = all
    ? values
    : values.filter(({ value }, place) => place < FEW || chosen.includes(value));
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {facets.isPending ? <p className="muted">Counting …</p> : null}
      {facets.isLoadingError ? <p className="muted">{facets.error.message}</p> : null}
      <ul aria-label={title}>
        {shown.map(({ value, count: titles }) => (
          <li key={value}>
            <label>
              <input
                type="checkbox"
                checked={chosen.includes(value)}
                onChange={() => asked.toggle(filter, value)}
              />{' '}
              {word(value)}{' '}
              <small className="muted">
                {titles < 0 || facets.data === undefined ? '' : facetCount(facets.data, titles)}
              </small>
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
  readonly asked: Asked;
  readonly title: string;
  readonly from: Filter;
  readonly to: Filter;
  readonly max: number;
  readonly step?: number;
}

function Range({ asked, title, from, to, max, step = 1 }: RangeProps): ReactNode {
  const { [from]: low = '', [to]: high = '' } = asked.filters;
  const [typed, setTyped] = useState({ low, high, since: { low, high } });
  // what the URL says counts, when it changes
  if (typed.since.low !== low || typed.since.high !== high)
    setTyped({ low, high, since: { low, high } });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    asked.change({ [from]: typed.low, [to]: typed.high });
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

function Choice({
  asked,
  filter,
  title,
  choices,
}: {
  readonly asked: Asked;
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
        value={asked.filters[filter] ?? ''}
        onChange={(event) => asked.change({ [filter]: event.target.value })}
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

function Person({ asked }: { readonly asked: Asked }): ReactNode {
  const { person } = asked.filters;
  const name = useAnswer('name', person === undefined ? null : `/names/${person}`);
  if (person === undefined) {
    return (
      <fieldset>
        <legend>Somebody who worked on it</legend>
        <SearchBox
          label="Choose a person"
          kind="name"
          onPick={(_, id) => asked.change({ person: id })}
        />
      </fieldset>
    );
  }
  return (
    <fieldset>
      <legend>Somebody who worked on it</legend>
      <p>
        <Link href={`/name/${person}`}>{name.data?.primaryName ?? person}</Link>{' '}
        <button type="button" className="quiet" onClick={() => asked.change({ person: null })}>
          Anybody
        </button>
      </p>
      <Choice
        asked={asked}
        filter="role"
        title="Role"
        choices={ROLES.map((role) => [role, wordFor(role)])}
      />
    </fieldset>
  );
}
