import type { Movie, Name, Session, SourceList, Title } from '@marquee/contract';
import { episodePosition, joinFacts, labelOf, runtime, years } from '@marquee/contract/title-facts';
import type { z } from 'zod';
import type { ReadApi } from './api-reads.ts';
import { html, type Html, type PageContent } from './site-document.ts';

type TitleResponse = z.infer<typeof Title>;
type NameResponse = z.infer<typeof Name>;

const ABOUT = "Your own current copy of IMDb's public datasets";

/** Reads that every page makes: the session, without the database, and the sources of movies. */
const SESSION = '/session';
const SOURCES = '/sources';
const OF_ALL_PAGES = [SESSION, SOURCES];

/** How many people or titles a first paint names. */
const SHOWN = 12;

/** The parameters of a page's path and query. */
export type PageParameters = Readonly<Record<string, string | undefined>>;

/** Content of a page, read as its visitor. */
export type DescribePage = (parameters: PageParameters, read: ReadApi) => Promise<PageContent>;

/** A page without a subject to read from the API. */
export function staticPage(
  titleOf: (parameters: PageParameters) => string,
  description = ABOUT,
): DescribePage {
  return async (parameters, read) => {
    const title = titleOf(parameters);
    return {
      title,
      description,
      type: 'website',
      html: firstPaint(title, []),
      preload: await readAll(read, ['/published', ...OF_ALL_PAGES]),
      status: 200,
    };
  };
}

/** A page about a title. */
export const titlePage: DescribePage = async ({ id = '' }, read) =>
  describeRead(
    `/titles/${id}?include=ratings,crew,series,principals`,
    read,
    describeTitle,
    (sources, session) => (showsMovie(sources, session) ? [moviePath(id)] : []),
  );

function describeTitle(json: string): Omit<PageContent, 'preload' | 'status'> {
  const title = JSON.parse(json) as TitleResponse;
  const { primaryTitle, titleType, startYear, endYear, runtimeMinutes, genres, ratings } = title;
  const name = primaryTitle ?? title.tconst;
  const facts = joinFacts(
    labelOf(titleType),
    years(startYear, endYear),
    runtimeMinutes !== null && runtime(runtimeMinutes),
    genres?.join(', '),
  );
  const rating =
    ratings?.averageRating != null &&
    `★ ${ratings.averageRating.toFixed(1)} of ${(ratings.numVotes ?? 0).toLocaleString('en')} votes`;
  const directors = title.crew?.directors.slice(0, SHOWN) ?? [];
  const cast = (title.principals?.items ?? [])
    .filter(({ category }) => CAST.has(category ?? ''))
    .slice(0, SHOWN);
  const series = positionOf(title);
  return {
    title: startYear === null ? name : `${name} (${startYear})`,
    description: sentences(
      joinFacts(series, facts, rating),
      directors.length > 0 && `Directed by ${namesOf(directors)}`,
      cast.length > 0 && `With ${namesOf(cast)}`,
    ),
    type: OPEN_GRAPH_TYPES[titleType ?? ''] ?? 'video.movie',
    html: firstPaint(name, [
      series !== '' && html`<p>${series}</p>`,
      html`<p>${facts}</p>`,
      rating !== false && html`<p>${rating}</p>`,
      directors.length > 0 && html`<p>Directed by ${linksTo(directors)}</p>`,
      cast.length > 0 && html`<p>With ${linksTo(cast)}</p>`,
    ]),
  };
}

const CAST: ReadonlySet<string> = new Set(['actor', 'actress', 'self']);

/** A page about a movie that IMDb does not know. */
export const moviePage: DescribePage = async ({ id = '' }, read) =>
  describeRead(moviePath(id), read, describeMovie);

function describeMovie(json: string): Omit<PageContent, 'preload' | 'status'> {
  const movie = JSON.parse(json) as Movie;
  const { title, type, year, runtimeMinutes, genres, overview, people } = movie;
  const name = title ?? movie.id;
  const facts = joinFacts(
    labelOf(type),
    years(year),
    runtimeMinutes !== null && runtime(runtimeMinutes),
    genres.join(', '),
  );
  const directors = people.filter(({ role }) => role === 'director').slice(0, SHOWN);
  const directedBy =
    directors.length > 0 && `Directed by ${directors.map((one) => one.name).join(', ')}`;
  return {
    title: year === null ? name : `${name} (${year})`,
    description: sentences(facts, directedBy),
    type: OPEN_GRAPH_TYPES[type ?? ''] ?? 'video.movie',
    html: firstPaint(name, [
      html`<p>${facts}</p>`,
      directedBy !== false && html`<p>${directedBy}</p>`,
      overview !== null && html`<p>${overview}</p>`,
    ]),
  };
}

/** What the page of a movie reads, and that of a title if {@link showsMovie}. */
function moviePath(id: string): string {
  return `/movies/${encodeURIComponent(id)}?include=provenance,poster`;
}

/** As the page decides it: `useOfSources` in apps/web. */
function showsMovie(
  { items, hasLocks, hasPictures }: SourceList,
  { mayOperate }: Session,
): boolean {
  const hasOthers = items.some(({ id, records }) => id !== 'imdb' && records > 0);
  return hasOthers || hasLocks || hasPictures || mayOperate;
}

const OPEN_GRAPH_TYPES: Readonly<Record<string, string>> = {
  tvSeries: 'video.tv_show',
  tvMiniSeries: 'video.tv_show',
  tvEpisode: 'video.episode',
  videoGame: 'website',
};

/** The position of an episode in its series; empty for other titles. */
function positionOf({ series }: TitleResponse): string {
  if (!series?.series) return '';
  const { tconst, primaryTitle } = series.series;
  const { seasonNumber, episodeNumber } = series;
  return episodePosition({ tconst, primaryTitle, seasonNumber, episodeNumber });
}

/** A page about a person. */
export const namePage: DescribePage = async ({ id = '' }, read) =>
  describeRead(`/names/${id}?include=knownFor`, read, describeName, ({ hasPictures }) =>
    hasPictures ? [`/names/${encodeURIComponent(id)}/pictures`] : [],
  );

function describeName(json: string): Omit<PageContent, 'preload' | 'status'> {
  const person = JSON.parse(json) as NameResponse;
  const name = person.primaryName ?? person.nconst;
  const facts = joinFacts(
    years(person.birthYear, person.deathYear),
    person.primaryProfession?.map(labelOf).join(', '),
  );
  const known = person.knownFor ?? [];
  const titles = known.flatMap(({ primaryTitle, startYear }) =>
    primaryTitle === null ? [] : [joinYear(primaryTitle, startYear)],
  );
  return {
    title: name,
    description: sentences(facts, titles.length > 0 && `Known for ${titles.join(', ')}`),
    type: 'profile',
    html: firstPaint(name, [
      html`<p>${facts}</p>`,
      known.length > 0 &&
        html`<ul>
          ${known.map(
            ({ tconst, primaryTitle, startYear }) =>
              html`<li>
                <a href="/title/${tconst}">${joinYear(primaryTitle ?? tconst, startYear)}</a>
              </li>`,
          )}
        </ul>`,
    ]),
  };
}

/** The page of searches: what is searched for, by the parameters that people see most. */
export const findPage = staticPage(({ q, titleType, genre, startYearFrom, startYearTo }) => {
  const words = (list: string | undefined) =>
    list?.split(',').slice(0, SHOWN).map(labelOf).join(', ');
  const span = [startYearFrom, startYearTo].some((year) => year !== undefined)
    ? `${startYearFrom ?? ''}–${startYearTo ?? ''}`
    : null;
  return joinFacts(q && `“${q}”`, words(genre), words(titleType), span) || 'All titles';
});

/**
 * The page of a response of the API; if the read fails, a page without content.
 *
 * @param morePaths what the page reads too, by the sources and the visitor; not if either is unknown
 */
async function describeRead(
  path: string,
  read: ReadApi,
  describe: (json: string) => Omit<PageContent, 'preload' | 'status'>,
  morePaths: (sources: SourceList, session: Session) => readonly string[] = () => [],
): Promise<PageContent> {
  const [{ status, json }, ofAll] = await Promise.all([read(path), readAll(read, OF_ALL_PAGES)]);
  if (status === 200) {
    const [session, sources] = [ofAll.get(SESSION), ofAll.get(SOURCES)];
    const more =
      session === undefined || sources === undefined
        ? []
        : morePaths(JSON.parse(sources) as SourceList, JSON.parse(session) as Session);
    return {
      ...describe(json),
      preload: new Map([[path, json], ...ofAll, ...(await readAll(read, more))]),
      status: 200,
    };
  }
  return {
    title: 'marquee',
    description: ABOUT,
    type: 'website',
    html: html``,
    preload: ofAll,
    // 400: the path has an invalid id
    status: status === 404 || status === 400 ? 404 : 200,
  };
}

/** The responses that succeed. */
async function readAll(read: ReadApi, paths: readonly string[]): Promise<Map<string, string>> {
  const responses = await Promise.all(paths.map(async (path) => [path, await read(path)] as const));
  return new Map(
    responses.flatMap(([path, { status, json }]) => (status === 200 ? [[path, json]] : [])),
  );
}

function firstPaint(heading: string, parts: readonly (Html | false)[]): Html {
  return html`<main class="first-paint">
    <h1>${heading}</h1>
    ${parts.filter((part) => part !== false)}
  </main>`;
}

type PersonRef = Readonly<Record<'nconst' | 'primaryName', string | null | undefined>>;

function namesOf(people: readonly Partial<PersonRef>[]): string {
  return people.flatMap(({ primaryName }) => primaryName ?? []).join(', ');
}

function linksTo(people: readonly Partial<PersonRef>[]): Html[] {
  return people.map(
    ({ nconst = null, primaryName }, i) =>
      html`${i > 0 && ', '}<a href="/name/${nconst}">${primaryName ?? nconst}</a>`,
  );
}

function sentences(...parts: (string | false)[]): string {
  return parts.flatMap((part) => (part === false || part === '' ? [] : `${part}.`)).join(' ');
}

function joinYear(title: string, year: number | null | undefined): string {
  return year == null ? title : `${title} (${year})`;
}
