import {
  SURE_LEAD,
  SURE_SCORE,
  type MatchCandidate,
  type MatchLine,
  type MatchQuery,
  type TitleMatch,
} from '@marquee/contract';
import { scoreOf, searchKeys, titleReadings, type Scored, type Wanted } from '@marquee/matching';
import { articleForms, compactKey } from '@marquee/search';
import type { Statement } from '../../database/database.ts';
import { withDeadline, type Reads } from '../../database/deadline.ts';
import { findById } from '../text-search/by-id.ts';
import { readTitles } from '../text-search/found-rows.ts';
import { findTexts } from '../text-search/text-search.ts';
import type { MatchRow } from '../text-search/text-statements.ts';
import { findByIds, findByNames, findNearNames, scoreMovie } from './match-movie.ts';

/** Candidates whose names are equal to a wanted one. */
const MAX_EQUAL = 40;
/** How many texts of a frequent name, such as Home, are examined. */
const MAX_EXAMINED = 2000;
/** Candidates whose names are similar to the wanted one. */
const MAX_SIMILAR = 10;
/** Candidates with a lower score are left out. */
const MIN_SCORE = 0.2;
/** A candidate with this score makes a search for similar names needless. */
const GOOD_SCORE = 0.8;

/** Whether a title is of a year or a neighbour of it, as SQL. */
const isNearYear = (title: string, year: string): string =>
  `(${year} is null or ${title}.start_year between ${year} - 1 and ${year} + 1
      or ${title}.title_type in ('tvSeries', 'tvMiniSeries') and ${year} between ${title}.start_year and coalesce(${title}.end_year, ${year}))`;

const EQUAL: Statement = {
  name: 'match equal names',
  text: `
    select 'title' as kind, 'exact' as stage, hit.id, hit.weight, hit.key
    from (select id, max(weight) as weight, min(key) as key
      from (select id, weight, key from search.title_text where ${compactKey('key')} = any ($1::text[]) limit ${MAX_EXAMINED}) as equal
      group by id) as hit
      join imdb.title_basics b on b.tconst = hit.id
    where $2::text[] is null or b.title_type = any ($2::text[])
    order by ${isNearYear('b', '$3::int')} desc nulls last, hit.weight desc, hit.id limit ${MAX_EQUAL}`,
};

const DIRECTORS: Statement = {
  name: 'match directors',
  text: `
    select c.tconst, n.primary_name as name
    from imdb.title_crew c
      cross join lateral unnest(c.directors[:10]) as d (nconst)
      join imdb.name_basics n using (nconst)
    where c.tconst = any ($1::text[]) and n.primary_name is not null`,
};

/** A description of a title: at least its title or an id. */
export type MatchRequest = MatchQuery & Pick<MatchLine, 'names'>;

/**
 * The movies that a description by another source may mean, the best first. A known id decides
 * alone. Else titles with an equal name decide; if none of them scores well, similar names of about
 * that year are candidates too. Movies have the names of all sources.
 *
 * At most a dozen statements, each bounded by an index and a limit, under one deadline.
 *
 * @throws ProblemException 503 when it takes too long
 */
export async function matchTitle(database: Reads, request: MatchRequest): Promise<TitleMatch> {
  const { title = '', limit, ids = [] } = request;
  const reads = withDeadline(database);
  const types = request.titleType ?? request.type ?? null;
  const { parts, ...wanted } = wantedOf(request);
  const given = await findByIds(reads, ids);
  if (given.length > 0)
    return toMatch(
      given.map((movie) => scoreMovie(movie, wanted, true, true)),
      limit,
    );
  const byId = await findById(reads, { q: title, kinds: ['title'], limit: 1, depth: 'page' });
  if (byId !== null)
    return toMatch((await scoreAll(reads, [byId], wanted, types, byId.id)).map(ofTitle), limit);
  const equal = await reads.readPrepared<MatchRow>(EQUAL, [
    searchKeys(wanted.texts),
    types,
    wanted.year,
  ]);
  const titles = await scoreAll(reads, equal, wanted, types);
  const named = await findByNames(reads, articleForms(wanted.texts), types, wanted.year);
  const movies = named.map((movie) => scoreMovie(movie, wanted, types !== null));
  const found = bestOfEach([...titles.map(ofTitle), ...movies]);
  if ((found[0]?.score ?? 0) >= GOOD_SCORE) return toMatch(found, limit);
  const hits = [
    ...(await findSimilar(reads, wanted, types)),
    ...(await reads.readPrepared<MatchRow>(EQUAL, [searchKeys(parts), types, wanted.year])),
  ];
  const others = new Map(hits.map((hit) => [hit.id, hit]));
  for (const { id } of equal) others.delete(id);
  const near = await scoreAll(reads, [...others.values()], wanted, types);
  const nearMovies = await findNearNames(reads, wanted.texts[0], types, wanted.year);
  return toMatch(
    bestOfEach([
      ...found,
      ...near.map(ofTitle),
      ...nearMovies.map((movie) => scoreMovie(movie, wanted, types !== null)),
    ]),
    limit,
  );
}

/** What titles are compared with, and parts of the title that may be one. */
function wantedOf({
  title = '',
  names = [],
  year,
  director,
  runtimeMinutes,
}: MatchRequest): Wanted & { readonly parts: readonly string[] } {
  const { texts, parts, year: yearInTitle } = titleReadings(title);
  const others = names.flatMap((name) => titleReadings(name).texts);
  return {
    texts: [...new Set([...texts, ...others])],
    parts,
    year: year ?? yearInTitle,
    director: director ?? null,
    runtimeMinutes: runtimeMinutes ?? null,
  };
}

async function findSimilar(
  database: Reads,
  { texts, year }: Wanted,
  types: readonly string[] | null,
): Promise<MatchRow[]> {
  const [q] = texts;
  if (q === undefined) return [];
  return findTexts(database, {
    q,
    kinds: ['title'],
    limit: MAX_SIMILAR,
    depth: 'page',
    ranking: 'match',
    filter: {
      name: 'match',
      joins: 'join imdb.title_basics b on b.tconst = hit.id',
      where: (first) =>
        `($${first}::text[] is null or b.title_type = any ($${first}::text[])) and ${isNearYear('b', `$${first + 1}::int`)}`,
      values: [types, year],
    },
  });
}

/** The candidates of hits with their scores, the best first. */
async function scoreAll(
  database: Reads,
  hits: readonly MatchRow[],
  wanted: Wanted,
  types: readonly string[] | null,
  askedId: string | null = null,
): Promise<Scored[]> {
  const titles = await readTitles(database, hits);
  const directors =
    wanted.director === null
      ? []
      : await database.readPrepared<{ tconst: string; name: string }>(DIRECTORS, [
          hits.map(({ id }) => id),
        ]);
  return hits.flatMap(({ id, key }) => {
    const title = titles.get(id);
    if (title === undefined) return [];
    const candidate = {
      title,
      matched: key.slice(1),
      isById: id === askedId,
      directors: directors.filter(({ tconst }) => tconst === id).map(({ name }) => name),
    };
    return [scoreOf(candidate, wanted, types !== null)];
  });
}

/** A candidate that IMDb knows. */
function ofTitle({ title, ...scored }: Scored): MatchCandidate {
  const { tconst: movie, primaryTitle: name, startYear: year, titleType: type } = title;
  return { ...scored, movie, name, year, type, title };
}

/** The better candidate of each movie: it may be found by names of several sources. */
function bestOfEach(candidates: readonly MatchCandidate[]): MatchCandidate[] {
  const best = new Map<string, MatchCandidate>();
  for (const candidate of candidates.toSorted(byScore))
    if (!best.has(candidate.movie)) best.set(candidate.movie, candidate);
  return [...best.values()];
}

function toMatch(found: readonly MatchCandidate[], limit: number): TitleMatch {
  const items = found.filter(({ score }) => score >= MIN_SCORE).toSorted(byScore);
  const [first, second] = items;
  const isDoubtful =
    first === undefined ||
    first.score < SURE_SCORE ||
    first.score - (second?.score ?? 0) < SURE_LEAD;
  return {
    isDoubtful,
    state: first === undefined ? 'none' : isDoubtful ? 'doubtful' : 'sure',
    items: items.slice(0, limit),
  };
}

function byScore(a: MatchCandidate, b: MatchCandidate): number {
  return (
    b.score - a.score ||
    (b.title?.numVotes ?? 0) - (a.title?.numVotes ?? 0) ||
    (a.movie < b.movie ? -1 : 1)
  );
}
