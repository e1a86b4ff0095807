import type { GivenId, ListedTitle, MatchCandidate } from '@marquee/contract';
import { scoreOf, type Wanted } from '@marquee/matching';
import { LISTED_TITLE } from '../../database/columns.ts';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import { currentIdOf } from '../movies/current-id.ts';

/** A movie whose names or ids match. */
interface MovieRow extends Omit<ListedTitle, 'tconst'> {
  readonly movie: string;
  /** Null where IMDb does not know it. */
  readonly tconst: string | null;
  readonly name: string | null;
  readonly originalName: string | null;
  readonly year: number | null;
  readonly endYear: number | null;
  readonly type: string | null;
  readonly minutes: number | null;
  readonly votes: number | null;
  readonly directors: readonly string[] | null;
  /** The name that it was found by, in normal form. */
  readonly matched: string;
}

/** Names of a movie that are equal; those of several sources can be many. */
const MAX_MOVIES = 40;
const MAX_SIMILAR = 10;

/** The columns of a {@link MovieRow}, of `found` with an id and the matching name. */
const MOVIE = {
  columns: `found.id as movie, title.tconst, coalesce(m.title, title.primary_title) as name, coalesce(m.original_title, title.original_title) as "originalName",
      coalesce(m.year, title.start_year) as year, coalesce(m.end_year, title.end_year) as "endYear", coalesce(m.type, title.title_type) as type,
      coalesce(m.runtime_minutes, title.runtime_minutes) as minutes, coalesce(m.votes, rating.num_votes) as votes,
      (select array_agg(p ->> 'name') from jsonb_array_elements(m.document -> 'people') as p where p ->> 'role' = 'director') as directors,
      found.matched, ${LISTED_TITLE.columns}`,
  joins: `left join movies.movie as m on m.id = found.id ${LISTED_TITLE.joins('found.id')}`,
};

const ofTypeAndYear = `($2::text[] is null or m.type = any ($2::text[]))
      and ($3::int is null or m.year is null or m.year between $3::int - 5 and $3::int + 5 or m.end_year >= $3::int and m.year <= $3::int)`;

/**
 * Movies that have a name as a whole line of their names. The index of trigrams bounds it, and the
 * limit of each name.
 */
const BY_NAMES: Statement = {
  name: 'match names of movies',
  text: `
    with found as materialized (
      select distinct on (hit.id) hit.id, wanted.name as matched
      from unnest($1::text[]) as wanted (name) cross join lateral (
        select m.id from movies.movie as m
        where m.search_text ~ ('(^|\n)' || wanted.name || '($|\n)') and ${ofTypeAndYear}
        limit ${MAX_MOVIES}
      ) as hit
      order by hit.id, wanted.name
    )
    select ${MOVIE.columns} from found ${MOVIE.joins}`,
};

/** Movies with a similar name, which IMDb does not know: those that it knows are found there. */
const NEAR_NAMES: Statement = {
  name: 'match similar names of movies',
  text: `
    with found as materialized (
      select m.id, coalesce((
        select line from unnest(string_to_array(m.search_text, E'\n')) as line order by public.similarity(line, $1::text) desc, line limit 1
      ), '') as matched
      from movies.movie as m
      where $1::text operator(public.<%) m.search_text and m.id like 'mq%' and ${ofTypeAndYear}
      order by public.word_similarity($1::text, m.search_text) desc, m.id limit ${MAX_SIMILAR}
    )
    select ${MOVIE.columns} from found ${MOVIE.joins}`,
};

/** Movies by ids of IMDb or ours, past or present, and by ids elsewhere: {"tmdb": ["862"]}. */
const BY_IDS: Statement = {
  name: 'match ids of movies',
  text: `
    with asked as (
      select now.id from unnest($1::text[]) as own (id) cross join lateral (${currentIdOf('own.id')}) as now
      union
      (select m.id from unnest($2::jsonb[]) as given (ids) join movies.movie as m on m.ids @> given.ids limit ${MAX_SIMILAR})
    ),
    found as (select id, id as matched from asked)
    select ${MOVIE.columns} from found ${MOVIE.joins}
    where m.id is not null or title.tconst is not null`,
};

/** The movies that have given ids; none if nothing has them. */
export async function findByIds(reads: Reads, ids: readonly GivenId[]): Promise<MovieRow[]> {
  if (ids.length === 0) return [];
  const own = ids.filter(({ kind }) => kind === 'imdb' || kind === 'marquee').map(({ id }) => id);
  const elsewhere = ids
    .filter(({ kind }) => kind !== 'imdb' && kind !== 'marquee')
    .map(({ kind, id }) => JSON.stringify({ [kind]: [id] }));
  return reads.readPrepared<MovieRow>(BY_IDS, [own, elsewhere]);
}

/** The movies that have one of the names, of any source. */
export async function findByNames(
  reads: Reads,
  names: readonly string[],
  types: readonly string[] | null,
  year: number | null,
): Promise<MovieRow[]> {
  return reads.readPrepared<MovieRow>(BY_NAMES, [names, types, year]);
}

/** The movies with names similar to a text, of those that IMDb does not know. */
export async function findNearNames(
  reads: Reads,
  text: string | undefined,
  types: readonly string[] | null,
  year: number | null,
): Promise<MovieRow[]> {
  return text === undefined ? [] : reads.readPrepared<MovieRow>(NEAR_NAMES, [text, types, year]);
}

/** A movie with its score: as a title of IMDb with the names and facts of all sources. */
export function scoreMovie(
  row: MovieRow,
  wanted: Wanted,
  isTypeWanted: boolean,
  isById = false,
): MatchCandidate {
  const { movie, name, originalName, year, type, minutes, votes, directors, matched } = row;
  const listed: ListedTitle = {
    ...listedOf(row),
    tconst: movie,
    primaryTitle: name,
    originalTitle: originalName,
    titleType: type,
    startYear: year,
    endYear: row.endYear,
    runtimeMinutes: minutes,
    numVotes: votes,
  };
  const { score, reasons } = scoreOf(
    { title: listed, matched, isById, directors: directors ?? [] },
    wanted,
    isTypeWanted,
  );
  const title = row.tconst === null ? null : { ...listedOf(row), tconst: row.tconst };
  return { score, reasons, movie, name, year, type, title };
}

/** The columns of the title of IMDb. */
function listedOf({
  movie,
  tconst,
  name,
  originalName,
  year,
  type,
  minutes,
  votes,
  directors,
  matched,
  ...title
}: MovieRow): Omit<ListedTitle, 'tconst'> {
  return title;
}
