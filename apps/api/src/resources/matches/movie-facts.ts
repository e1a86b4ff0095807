import type { MatchFacts, Movie, SourceRecord } from '@marquee/contract';
import { readPosters } from '../../read-models/pictures/pictures.ts';
import type { Database } from '../../database/database.ts';

/** What a movie and a record have in common. */
type Described = Pick<
  SourceRecord,
  'title' | 'originalTitle' | 'year' | 'type' | 'runtimeMinutes'
> & {
  readonly people?: readonly { readonly name: string; readonly role: string }[] | undefined;
};

/** More directors tell nothing. */
const MAX_DIRECTORS = 5;

/** The facts of a record or a movie. */
export function factsOf(described: Described, poster: string | null = null): MatchFacts {
  const { title = null, originalTitle = null, year = null, type = null } = described;
  const directors = (described.people ?? []).filter(({ role }) => role === 'director');
  return {
    title,
    originalTitle,
    year,
    type,
    runtimeMinutes: described.runtimeMinutes ?? null,
    directors: directors.slice(0, MAX_DIRECTORS).map(({ name }) => name),
    poster,
  };
}

/**
 * The facts of movies by their ids: of the merged movie, or else of IMDb's title. Ids of neither are
 * left out. All are look-ups by primary keys.
 */
export async function factsOfMovies(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MatchFacts>> {
  if (ids.length === 0) return new Map();
  const [merged, imdb, posterOf] = await Promise.all([
    database.read<{ id: string; document: Movie }>(MERGED, [ids]),
    database.read<ImdbRow>(IMDB, [ids]),
    readPosters(database, ids),
  ]);
  return new Map([
    ...imdb.map(({ id, directors, ...facts }): [string, MatchFacts] => [
      id,
      { ...facts, directors, poster: posterOf.get(id) ?? null },
    ]),
    ...merged.map(({ id, document }): [string, MatchFacts] => [
      id,
      factsOf(document, posterOf.get(id) ?? null),
    ]),
  ]);
}

interface ImdbRow extends Omit<MatchFacts, 'poster'> {
  readonly id: string;
}

const MERGED = {
  name: 'facts of movies',
  text: 'select id, document from movies.movie where id = any ($1::text[])',
};

const IMDB = {
  name: 'facts of titles',
  text: `
    select t.tconst as id, t.primary_title as title, t.original_title as "originalTitle", t.start_year as year, t.title_type as type,
      t.runtime_minutes as "runtimeMinutes",
      array(
        select n.primary_name
        from imdb.title_crew c, unnest(c.directors) with ordinality as d (nconst, place)
          join imdb.name_basics n on n.nconst = d.nconst
        where c.tconst = t.tconst and d.place <= ${MAX_DIRECTORS}
        order by d.place
      ) as directors
    from imdb.title_basics t where t.tconst = any ($1::text[])`,
};
