import { useMemo, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useAnswer, useList } from '../answers.ts';
import { Chart } from '../chart.tsx';
import { usePageTitle } from '../layout.tsx';
import { AtImdb } from '../origin.tsx';
import { Failure, Loading } from '../states.tsx';
import { More, TitleRow } from '../title-list.tsx';
import { count, counted, facts, wordFor, years } from '../wording.ts';
import { lifeOf, ratedTitles, rolesOf, titleLabel, titleRows, type Credit } from './credits.ts';

/** All there is about one person. */
export function NamePage({ id }: { readonly id: string }): ReactNode {
  const name = useAnswer('name', `/names/${id}?include=knownFor`);
  usePageTitle(name.data?.primaryName ?? undefined);
  if (name.isPending) return <Loading what="the person" />;
  if (name.isLoadingError) return <Failure page error={name.error} />;
  const { primaryName, birthYear, deathYear, primaryProfession, knownFor = [] } = name.data;
  return (
    <>
      <section className="head">
        <h1>{primaryName ?? id}</h1>
        <p>{facts(primaryProfession?.map(wordFor).join(', '), lifeOf(birthYear, deathYear))}</p>
        <p>
          <Link href={`/find?person=${id}`}>All titles, with every filter</Link> ·{' '}
          <AtImdb kind="name" id={id} />
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
  const list = useList('filmography', `/names/${id}/filmography?limit=200`);
  const [only, setOnly] = useState('');
  const credits = useMemo(
    () => (list.data?.pages ?? []).flatMap(({ items }) => items),
    [list.data],
  );
  if (list.isPending) return <Loading what="the filmography" />;
  if (list.isLoadingError) return <Failure error={list.error} />;
  const roles = rolesOf(credits);
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
                  note={facts(
                    years(credit.startYear, credit.endYear),
                    wordFor(credit.titleType),
                    credit.characters?.join(', '),
                    credit.job,
                  )}
                />
              ))}
            </ul>
          </div>
        ))}
      <More list={list} />
    </section>
  );
}

function Timeline({ credits }: { readonly credits: readonly Credit[] }): ReactNode {
  const rated = useMemo(() => ratedTitles(credits), [credits]);
  const draw = useMemo(
    () => (plot: typeof import('@observablehq/plot')) => ({
      // of a few years there are ticks between them, too
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
      summary={`${rated.length} rated titles by year and rating; the larger, the more votes`}
      rows={titleRows(rated)}
      draw={draw}
    />
  );
}

function Costars({ id }: { readonly id: string }): ReactNode {
  const costars = useAnswer('costars', `/names/${id}/costars?limit=24`);
  if (costars.isPending) return <Loading what="co-stars" />;
  if (costars.isLoadingError) return <Failure error={costars.error} />;
  if (costars.data.items.length === 0) return null;
  return (
    <section>
      <h2>Often together with</h2>
      <ul className="people three">
        {costars.data.items.map(({ nconst, primaryName, sharedTitles }) => (
          <li key={nconst}>
            <Link href={`/name/${nconst}`}>{primaryName ?? nconst}</Link>{' '}
            <span className="muted">{counted(sharedTitles, 'title')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
