import type { NameSummary } from '@marquee/contract';
import { useMemo, type ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ApiResponses } from '../api-client.ts';
import { Chart, type Plot } from '../chart.tsx';
import { Section } from '../design/section.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { count, labelOf, quantity } from '../format.ts';
import { ShowMore, TitleRow } from '../title-list.tsx';
import { chartWorks, choiceOf, SORTS, workLabel, workNote } from './filmography.ts';

/** Up to this many works have no choice of a sort. */
const FEW = 2;

type WorksQuery = UseInfiniteQueryResult<InfiniteData<ApiResponses['works']>>;

/** The works of a person, each once, with their ratings over the years. */
export function Works({
  id,
  summary,
  works,
}: {
  readonly id: string;
  readonly summary: NameSummary;
  /** Those that the URL asks for. */
  readonly works: WorksQuery;
}): ReactNode {
  const [params, setParams] = useSearchParams();
  const choice = choiceOf(params);
  const choose = (name: 'sort' | 'role', value: string) =>
    setParams((now) => {
      if (value === '' || value === 'year') now.delete(name);
      else now.set(name, value);
      return now;
    });
  if (summary.titles === 0)
    return (
      <Section title="Filmography">
        <p className="muted">No title names this person in its credits.</p>
      </Section>
    );
  return (
    <Section title="Filmography">
      <RatingsByYear id={id} summary={summary} />
      <div className="actions">
        {summary.roles.length > 1 || choice.role !== null ? (
          <label>
            Role{' '}
            <select
              value={choice.role ?? ''}
              onChange={(event) => choose('role', event.target.value)}
            >
              <option value="">All ({count(summary.titles)})</option>
              {/* a role of the URL that this person does not have */}
              {choice.role === null ||
              summary.roles.some(({ role }) => role === choice.role) ? null : (
                <option value={choice.role}>{labelOf(choice.role)}</option>
              )}
              {summary.roles.map(({ role, titles }) => (
                <option key={role} value={role}>
                  {labelOf(role)} ({count(titles)})
                </option>
              ))}
            </select>
          </label>
        ) : null}
        {summary.titles > FEW ? (
          <label>
            Sort{' '}
            <select value={choice.sort} onChange={(event) => choose('sort', event.target.value)}>
              {Object.entries(SORTS).map(([sort, text]) => (
                <option key={sort} value={sort}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        ) : null}
      </div>
      <WorkList list={works} role={choice.role} />
    </Section>
  );
}

function WorkList({
  list,
  role,
}: {
  readonly list: WorksQuery;
  readonly role: string | null;
}): ReactNode {
  if (list.isPending) return <Loading what="the filmography" rows={20} />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const works = list.data.pages.flatMap(({ items }) => items);
  return (
    <>
      {works.length === 0 ? <p className="muted">No work in this role.</p> : null}
      <ol className="rows works" aria-label="Works" aria-busy={list.isPlaceholderData}>
        {works.map((work) => (
          <TitleRow key={work.tconst} title={work} note={workNote(work, role)} />
        ))}
      </ol>
      <ShowMore list={list} />
    </>
  );
}

function RatingsByYear({
  id,
  summary: { rated },
}: {
  readonly id: string;
  readonly summary: NameSummary;
}): ReactNode {
  const works = useMemo(() => chartWorks(rated), [rated]);
  const draw = useMemo(
    () => (plot: Plot) => ({
      // a range of few years has ticks between the years too
      x: {
        label: 'Year',
        tickFormat: (year: number) => (Number.isInteger(year) ? String(year) : ''),
        nice: true,
      },
      y: { grid: true, label: 'Rating', nice: true },
      r: { range: [2.5, 14] as [number, number] },
      marks: [
        plot.dot(works, {
          x: 'startYear',
          y: 'averageRating',
          r: 'numVotes',
          fill: 'var(--accent)',
          fillOpacity: 0.45,
          stroke: 'var(--accent)',
          title: workLabel,
          href: ({ tconst }: (typeof works)[number]) => `/title/${tconst}`,
          // Plot draws large dots first otherwise; arrow keys follow the years
          sort: null,
        }),
      ],
    }),
    [works],
  );
  if (works.length < 2) return null;
  return (
    <Chart
      title="Ratings over the years"
      summary={`${quantity(works.length, 'rated title')} by year and rating; larger dots have more votes`}
      csv={`/names/${id}/works?format=csv`}
      draw={draw}
    />
  );
}
