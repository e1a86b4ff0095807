import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { usePageTitle } from '../layout.tsx';
import { Akas } from './akas.tsx';
import { Credits } from './credits.tsx';
import { Seasons } from './seasons.tsx';
import { Similar } from './similar.tsx';
import './title.css';
import { TitleHead } from './title-head.tsx';

/** The page of a title. */
export function TitlePage({ id }: { readonly id: string }): ReactNode {
  const title = useApi('title', `/titles/${id}?include=ratings,crew,series,principals`);
  usePageTitle(title.data?.primaryTitle ?? (title.data && id));
  if (title.isPending) return <Loading what="the title" />;
  if (title.isLoadingError) return <ErrorMessage page error={title.error} />;
  const { titleType, ratings, crew, principals } = title.data;
  return (
    <>
      <TitleHead title={title.data} />
      {titleType?.endsWith('Series') ? <Seasons id={id} /> : null}
      {principals ? <Credits id={id} first={principals} crew={crew} /> : null}
      <Similar id={id} numVotes={ratings?.numVotes ?? null} />
      <Akas id={id} />
    </>
  );
}
