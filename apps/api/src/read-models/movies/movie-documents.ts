import type { MergedField, Movie } from '@marquee/contract';
import { imdbRecords, movieOfOne, rulesWith } from '@marquee/movies';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import { currentIdOf } from './current-id.ts';

/** Bounded by the ids: each costs a few look-ups. */
const DOCUMENTS: Statement = {
  name: 'movie documents',
  text: `
    select asked.id as asked, now.id, m.document
    from unnest($1::text[]) as asked (id)
      cross join lateral (${currentIdOf('asked.id')}) as now
      left join movies.movie as m on m.id = now.id`,
};

/** The rules that people have set: a row for a field at most. */
const OWN_RULES: Statement = {
  name: 'own rules',
  text: `select coalesce(jsonb_object_agg(field, rule), '{}') as rules from movies.rule`,
};

interface DocumentRow {
  readonly asked: string;
  readonly id: string;
  readonly document: Movie | null;
}

/**
 * Movies by their ids, past or present: those of several sources as they are merged, the others from
 * IMDb alone, by the rules of people. Ids that nothing has are left out.
 *
 * @throws as `Database.read` does
 */
export async function readMovieDocuments(
  reads: Reads,
  ids: readonly string[],
): Promise<Map<string, Movie>> {
  if (ids.length === 0) return new Map();
  const rows = await reads.readPrepared<DocumentRow>(DOCUMENTS, [ids]);
  const alone = await moviesOfImdbAlone(
    reads,
    rows.filter(({ document }) => document === null).map(({ id }) => id),
  );
  return new Map(
    rows.flatMap(({ asked, id, document }) => {
      const movie = document ?? alone.get(id);
      return movie === undefined ? [] : [[asked, movie] as const];
    }),
  );
}

/**
 * IMDb titles as the movies that they are if no other source tells of them, by the rules in force.
 * Ids that IMDb does not have are left out.
 *
 * @param isWhole false leaves out names and people
 */
export async function moviesOfImdbAlone(
  reads: Reads,
  ids: readonly string[],
  isWhole = true,
): Promise<Map<string, Movie>> {
  if (ids.length === 0) return new Map();
  const [records, [own]] = await Promise.all([
    imdbRecords(async (statement, values) => reads.readPrepared(statement, values), ids, isWhole),
    reads.readPrepared<{ rules: Partial<Record<MergedField, unknown>> }>(OWN_RULES, []),
  ]);
  const rules = rulesWith(own?.rules ?? {});
  return new Map(
    [...records].map(([id, record]) => [id, movieOfOne(id, record, rules).movie] as const),
  );
}
