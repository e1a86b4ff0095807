import type { Movie } from '@marquee/contract';
import { imdbRecords, movieOfOne } from '@marquee/movies';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';

/** Bounded by the ids: each costs two look-ups. */
const DOCUMENTS: Statement = {
  name: 'movie documents',
  text: `
    select asked.id as asked, coalesce(redirect.movie, asked.id) as id, m.document
    from unnest($1::text[]) as asked (id)
      left join movies.redirect on redirect.id = asked.id
      left join movies.movie as m on m.id = coalesce(redirect.movie, asked.id)`,
};

interface DocumentRow {
  readonly asked: string;
  readonly id: string;
  readonly document: Movie | null;
}

/**
 * Movies by their ids, past or present: those of several sources as they are merged, the others from
 * IMDb alone. Ids that nothing has are left out.
 *
 * @throws as `Database.read` does
 */
export async function readMovieDocuments(
  reads: Reads,
  ids: readonly string[],
): Promise<Map<string, Movie>> {
  if (ids.length === 0) return new Map();
  const rows = await reads.readPrepared<DocumentRow>(DOCUMENTS, [ids]);
  const others = rows.filter(({ document }) => document === null).map(({ id }) => id);
  const records =
    others.length === 0
      ? new Map<string, never>()
      : await imdbRecords(
          async (statement, values) => reads.readPrepared(statement, values),
          others,
        );
  return new Map(
    rows.flatMap(({ asked, id, document }) => {
      const record = records.get(id);
      const movie = document ?? (record === undefined ? null : movieOfOne(id, record).movie);
      return movie === null ? [] : [[asked, movie] as const];
    }),
  );
}
