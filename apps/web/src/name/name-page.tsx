import { useMemo, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useApi, useApiList } from '../api-client.ts';
import { Chart } from '../chart.tsx';
import { usePageTitle } from '../layout.tsx';
import { ImdbLink } from '../attribution.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { ShowMore, TitleRow } from '../title-list.tsx';
import { count, quantity, joinFacts, labelOf, years } from '../format.ts';
import {
  lifespan,
  ratedTitles,
  groupByRole,
  titleLabel,
  csvRows,
  type Credit,
} from './filmography.ts';

/** The page of a person. */
export function NamePage({ id }: { readonly id: string }): ReactNode {
  const name = useApi('name', `/names/${id}?include=knownFor`);
  usePageTitle(name.data?.primaryName ?? undefined);
  if (name.isPending) return <Loading what="the person" />;
  if (name.isLoadingError) return <ErrorMessage page error={name.error} />;
  const { primaryName, birthYear, deathYear, primaryProfession, knownFor = [] } = name.data;
  return (
    <>
      <section className="head">
        <h1>{primaryName ?? id}</h1>
        <p>
          {joinFacts(primaryProfession?.map(labelOf).join(', '), lifespan(birthYear, deathYear))}
        </p>
        <p>
          <Link href={`/find?person=${id}`}>Filter all titles</Link> ·{' '}
          <ImdbLink kind="name" id={id} />
        </p>
      </section>
      {knownFor.length > 0 ? (
        <section>
          <h2>Known for</h2>
          <ul className="rows two">
            {knownFor.map((title) => (
              <TitleRow key={title.tconst} title={title} />
            ))}
          </ul>
        </section>
      ) : null}
      <Filmography id={id} />
      <Costars id={id} />
    </>
  );
}

function Filmography({ id }: { readonly id: string }): ReactNode {
  const list = useApiList('filmography', `/names/${id}/filmography?limit=200`);
  const [only, setOnly] = useState('');
  const credits = useMemo(
    () => (list.data?.pages ?? []).flatMap(({ items }) => items),
    [list.data],
  );
  if (list.isPending) return <Loading what="the filmography" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const roles = groupByRole(credits);
  return (
    <section>
      <h2>Filmography</h2>
      {credits.length === 0 ? (
        <p className="muted">No title lists this person among its principals.</p>
      ) : null}
      <Timeline credits={credits} />
      {roles.length > 1 ? (
        <label>
          Role{' '}
          <select value={only} onChange={(event) => setOnly(event.target.value)}>
            <option value="">All</option>
            {roles.map(([role, some]) => (
              <option key={role} value={role}>
                {role} ({count(some.length)})
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {roles
        .filter(([role]) => only === '' || role === only)
        .map(([role, some]) => (
          <div key={role}>
            <h3>{role}</h3>
            <ul className="rows">
              {some.map((credit) => (
                <TitleRow
                  key={credit.tconst + String(credit.ordering)}
                  title={credit}
                  note={joinFacts(
                    years(credit.startYear, credit.endYear),
                    labelOf(credit.titleType),
                    credit.characters?.join(', '),
                    credit.job,
                  )}
                />
              ))}
            </ul>
          </div>
        ))}
      <ShowMore list={list} />
    </section>
  );
}

function Timeline({ credits }: { readonly credits: readonly Credit[] }): ReactNode {
  const rated = useMemo(() => ratedTitles(credits), [credits]);
  const draw = useMemo(
    () => (plot: typeof import('@observablehq/plot')) => ({
      // a range of few years has ticks between the years too
      x: {
        label: 'Year',
        tickFormat: (year: number) => (Number.isInteger(year) ? String(year) : ''),
        nice: true,
      },
      y: { grid: true, label: 'Rating', nice: true },
      r: { range: [2.5, 14] as [number, number] },
      marks: [
        plot.dot(rated, {
          x: 'startYear',
          y: 'averageRating',
          r: 'numVotes',
          fill: 'var(--accent)',
          fillOpacity: 0.45,
          stroke: 'var(--accent)',
          title: titleLabel,
        }),
      ],
    }),
    [rated],
  );
  if (rated.length < 2) return null;
  return (
    <Chart
      title="Ratings over the years"
      summary={`${rated.length} rated titles by year and rating; larger dots have more votes`}
      csv={csvRows(rated)}
      draw={draw}
    />
  );
}

function Costars({ id }: { readonly id: string }): ReactNode {
  const costars = useApi('costars', `/names/${id}/costars?limit=24`);
  if (costars.isPending) return <Loading what="co-stars" />;
  if (costars.isLoadingError) return <ErrorMessage error={costars.error} />;
  if (costars.data.items.length === 0) return null;
  return (
    <section>
      <h2>Often works with</h2>
      <ul className="people three">
        {costars.data.items.map(({ nconst, primaryName, sharedTitles }) => (
          <li key={nconst}>
            <Link href={`/name/${nconst}`}>{primaryName ?? nconst}</Link>{' '}
            <span className="muted">{quantity(sharedTitles, 'title')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
