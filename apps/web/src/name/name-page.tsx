import type { ReactNode } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { useApi, useApiList, type ApiResponses } from '../api-client.ts';
import { ImdbLink } from '../attribution.tsx';
import { PersonRow } from '../design/person-row.tsx';
import { PageHead, Section } from '../design/section.tsx';
import { Tile } from '../design/tile.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { count, joinFacts, labelOf, quantity, years } from '../format.ts';
import { usePageTitle } from '../layout.tsx';
import { SOURCES_PATH } from '../sources.ts';
import { TitleRow } from '../title-list.tsx';
import { choiceOf, frequent, lifespan, worksPath } from './filmography.ts';
import './name.css';
import { Works } from './works.tsx';

/** The page of a person. Its sections appear from top to bottom, so that none moves another one. */
export function NamePage({ id }: { readonly id: string }): ReactNode {
  const name = useApi('name', `/names/${id}?include=knownFor`);
  const summary = useApi('summary', `/names/${id}/summary`);
  const [params] = useSearchParams();
  const works = useApiList('works', worksPath(id, choiceOf(params)));
  const costars = useApi('costars', `/names/${id}/costars?limit=24`);
  const { data: sources } = useApi('sources', SOURCES_PATH);
  // as `namePage` in the API's page-content.ts: no request where nobody has uploaded any
  const hasPictures = sources?.hasPictures === true;
  const pictures = useApi('pictures', hasPictures ? `/names/${id}/pictures` : null);
  usePageTitle(name.data && (name.data.primaryName ?? id));
  if (name.isPending || summary.isPending || (hasPictures && pictures.isPending))
    return <Loading what="the person" />;
  if (name.isLoadingError) return <ErrorMessage page error={name.error} />;
  const portrait = pictures.data?.items.find(({ kind }) => kind === 'portrait');
  return (
    <>
      <NameHead name={name.data} summary={summary.data} portrait={portrait?.sha256 ?? null} />
      <KnownFor titles={name.data.knownFor ?? []} />
      {summary.isLoadingError ? (
        <ErrorMessage error={summary.error} />
      ) : (
        <Works id={id} summary={summary.data} works={works} />
      )}
      {works.isPending ? null : <Costars costars={costars} />}
    </>
  );
}

function NameHead({
  name: { nconst, primaryName, birthYear, deathYear, primaryProfession },
  summary,
  portrait,
}: {
  readonly name: ApiResponses['name'];
  readonly summary: ApiResponses['summary'] | undefined;
  /** SHA-256 of the picture. */
  readonly portrait: string | null;
}): ReactNode {
  return (
    <div className="name-head">
      {portrait === null ? (
        <Tile text={primaryName} shape="person" size="large" />
      ) : (
        <img
          className="tile person large"
          src={`/pictures/${portrait}/342.webp`}
          alt={`Portrait of ${primaryName ?? nconst}`}
        />
      )}
      <PageHead
        title={primaryName ?? nconst}
        aside={
          summary === undefined || summary.titles === 0 ? undefined : <Figures summary={summary} />
        }
      >
        <p>
          {joinFacts(primaryProfession?.map(labelOf).join(', '), lifespan(birthYear, deathYear))}
        </p>
        <p>
          <Link href={`/find?person=${nconst}`}>Find titles with this person</Link> ·{' '}
          <ImdbLink kind="name" id={nconst} />
        </p>
      </PageHead>
    </div>
  );
}

/** Figures over all credits. */
function Figures({ summary }: { readonly summary: ApiResponses['summary'] }): ReactNode {
  const active = summary.years.flatMap(({ year }) => year ?? []);
  return (
    <dl className="figures">
      <div>
        <dt>{summary.titles === 1 ? 'Title' : 'Titles'}</dt>
        <dd>{count(summary.titles)}</dd>
      </div>
      {summary.episodes > 0 ? (
        <div>
          <dt>{summary.episodes === 1 ? 'Episode' : 'Episodes'}</dt>
          <dd>{count(summary.episodes)}</dd>
        </div>
      ) : null}
      {active.length > 0 ? (
        <div>
          <dt>Years</dt>
          <dd>{years(Math.min(...active), Math.max(...active))}</dd>
        </div>
      ) : null}
    </dl>
  );
}

function KnownFor({
  titles,
}: {
  readonly titles: NonNullable<ApiResponses['name']['knownFor']>;
}): ReactNode {
  if (titles.length === 0) return null;
  return (
    <Section title="Known for">
      <ul className="rows two">
        {titles.map((title) => (
          <TitleRow key={title.tconst} title={title} />
        ))}
      </ul>
    </Section>
  );
}

function Costars({
  costars,
}: {
  readonly costars: UseQueryResult<ApiResponses['costars']>;
}): ReactNode {
  if (costars.isPending) return null;
  if (costars.isLoadingError) return <ErrorMessage error={costars.error} />;
  const shown = frequent(costars.data.items);
  if (shown.length === 0) return null;
  return (
    <Section title="Often works with">
      <ul className="people costars">
        {shown.map(({ nconst, primaryName, sharedTitles }) => (
          <PersonRow
            key={nconst}
            nconst={nconst}
            name={primaryName}
            note={quantity(sharedTitles, 'title')}
          />
        ))}
      </ul>
    </Section>
  );
}
