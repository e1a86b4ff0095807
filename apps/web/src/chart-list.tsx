import type { ReactNode } from 'react';
import { useApi } from './api-client.ts';
import { yearsOfDecade } from './decades.ts';
import { ListSection } from './list-section.tsx';
import { TitleRow } from './title-list.tsx';

/** The first titles of a list, with their ranks and a link to all of them. */
export function ChartList({
  title,
  path,
  rows = 8,
  more,
  note,
}: {
  readonly title: string;
  /** API path of the list, without its limit. */
  readonly path: string;
  readonly rows?: number;
  readonly more: string;
  readonly note?: string;
}): ReactNode {
  const list = useApi('titles', `${path}${path.includes('?') ? '&' : '?'}limit=${rows}`);
  return (
    <ListSection
      title={title}
      more={more}
      note={note}
      list={list}
      rows={rows}
      what={title.toLowerCase()}
      empty="No title has enough votes."
      row={(item, index) => <TitleRow key={item.tconst} title={item} rank={index + 1} />}
    />
  );
}

/** The charts of the API: path, the parameters of the page Find with the same order, and a note. */
const CHARTS = {
  'Best rated': {
    path: '/charts/top',
    find: 'numVotesFrom=1000&sort=weighted',
    note: 'By rating, weighted by votes: few votes count less.',
  },
  'Best known': { path: '/charts/popular', find: 'sort=votes', note: 'By number of votes.' },
};

/** Title types by the noun for them. */
const TYPES = { films: 'movie', series: 'tvSeries,tvMiniSeries', episodes: 'tvEpisode' };

/** The best rated or the best known films, series or episodes: all, or of a genre or a decade. */
export function TitleChart({
  chart,
  of,
  genre,
  decade,
  note = CHARTS[chart].note,
}: {
  readonly chart: keyof typeof CHARTS;
  readonly of: keyof typeof TYPES;
  readonly genre?: string;
  /** Its first year. */
  readonly decade?: number;
  readonly note?: string;
}): ReactNode {
  const { path, find } = CHARTS[chart];
  const types = `titleType=${TYPES[of]}`;
  const inGenre = genre === undefined ? '' : `&genre=${encodeURIComponent(genre)}`;
  const inDecade = decade === undefined ? '' : `&decade=${decade}`;
  const inYears = decade === undefined ? '' : `&${yearsOfDecade(decade)}`;
  return (
    <ChartList
      title={`${chart} ${of}`}
      path={`${path}?${types}${inGenre}${inDecade}`}
      more={`/find?${types}${inGenre}${inYears}&${find}`}
      note={note}
    />
  );
}
