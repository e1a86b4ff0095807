import { MERGED_FIELDS, type MergedField, type Movie, type Provenance } from '@marquee/contract';
import { imdbRecords, movieOfOne, rulesWith } from '@marquee/movies';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../../database/database.ts';
import { currentIdOf } from '../../read-models/movies/current-id.ts';
import { notFound, type ProblemException } from '../../problems/problem-exception.ts';

/** A merged movie, where it comes from, or the id that it has now. */
interface MovieRow {
  /** JSON, as `GET /movies/{id}` answers it. */
  readonly document: string | null;
  readonly provenance: Provenance | null;
  /** The present id of a movie that had the id. */
  readonly current: string | null;
  /** The rules of people, if nothing is merged under the id. */
  readonly rules: Partial<Record<MergedField, unknown>> | null;
}

const columns = (provenance: string) => `
  select m.document::text as document, ${provenance} as provenance, r.movie as current,
    case when m.id is null then (select jsonb_object_agg(o.field, o.rule) from movies.rule as o) end as rules
  from (select $1::text as id) as asked
    left join movies.movie as m on m.id = asked.id
    left join movies.redirect as r on r.id = asked.id and m.id is null`;

const MOVIE: Statement = { name: 'movie', text: columns('null::jsonb') };
const MOVIE_WITH_PROVENANCE: Statement = {
  name: 'movie with provenance',
  text: columns('m.provenance'),
};

/** What an id stands for: a movie, or the id that the movie has now. */
export type FoundMovie =
  | { readonly document: string; readonly provenance: Provenance | null }
  | { readonly current: string };

/** Reads movies: merged ones, and those that IMDb alone tells of, in the same shape. */
@Injectable()
export class MovieReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * What an id stands for.
   *
   * @throws ProblemException 404
   */
  async find(id: string, withProvenance: boolean): Promise<FoundMovie> {
    const statement = withProvenance ? MOVIE_WITH_PROVENANCE : MOVIE;
    const [row] = await this.#database.lookUp<MovieRow>(statement, [id]);
    if (row === undefined) throw noMovie(id);
    const { document, provenance, current, rules } = row;
    if (document !== null) return { document, provenance };
    if (current !== null) return { current };
    const alone = await this.#ofImdbAlone(id, rules ?? {});
    return { document: JSON.stringify(alone.movie), provenance: alone.provenance };
  }

  /**
   * A movie with its provenance, under any id that it has had.
   *
   * @throws ProblemException 404
   */
  async explained(id: string): Promise<{ movie: Movie; provenance: Provenance }> {
    const found = await this.find(await this.currentId(id), true);
    if ('current' in found) throw noMovie(id);
    return {
      movie: JSON.parse(found.document) as Movie,
      provenance: found.provenance ?? {},
    };
  }

  /**
   * The id that a movie has now.
   *
   * @throws ProblemException 404 if neither a movie nor an IMDb title has it
   */
  async currentId(id: string): Promise<string> {
    const [row] = await this.#database.read<{ id: string; isThere: boolean }>(CURRENT_ID, [id]);
    if (row?.isThere !== true) throw noMovie(id);
    return row.id;
  }

  async #ofImdbAlone(id: string, rules: NonNullable<MovieRow['rules']>) {
    const records = await imdbRecords(
      async (statement, values) => this.#database.lookUp(statement, values),
      [id],
    );
    const record = records.get(id);
    if (record === undefined) throw noMovie(id);
    return movieOfOne(id, record, rulesWith(rules));
  }
}

const CURRENT_ID: Statement = {
  name: 'current id of movie',
  text: `
    select now.id,
      exists (select from movies.movie as m where m.id = now.id)
        or exists (select from imdb.title_basics as b where b.tconst = now.id) as "isThere"
    from (${currentIdOf('$1::text')}) as now`,
};

/** The 404 for an id that no movie has, or has had. */
function noMovie(id: string): ProblemException {
  return notFound(
    'movie',
    id,
    id.startsWith('tt')
      ? 'GET /published shows whether IMDb’s titles are published yet; GET /movies?q= searches.'
      : 'GET /movies lists them. An id that was given out once stays: look for a slip of the pen.',
  );
}

/** Provenance of some fields alone. */
export function provenanceOf(
  provenance: Provenance,
  fields: readonly string[] | undefined,
): Provenance {
  if (fields === undefined) return provenance;
  const wanted = MERGED_FIELDS.filter((field) => fields.includes(field));
  return Object.fromEntries(
    wanted.flatMap((field) => (provenance[field] ? [[field, provenance[field]]] : [])),
  );
}
