import type { ClientBase } from 'pg';
import { columnsOf, refKey, type RecordRef } from './records.ts';

/** What people have decided about a record. */
export interface RecordDecisions {
  /** It tells of this movie. */
  readonly same: { readonly decision: string; readonly movie: string } | null;
  /** It tells of none of the candidates: the id of the decision. */
  readonly none: string | null;
  /** It never tells of these movies. */
  readonly different: readonly string[];
  /** The last decision about it. */
  readonly last: string;
}

interface DecisionRow extends RecordRef {
  readonly decision: string;
  readonly kind: 'same' | 'different' | 'none';
  readonly movie: string | null;
}

/**
 * The decisions about records that nobody has undone, by record. A later one counts: it ends what it
 * contradicts. A movie that was decided about is followed to where its id leads now.
 */
export async function readDecisions(
  client: ClientBase,
  refs: readonly RecordRef[],
): Promise<Map<string, RecordDecisions>> {
  const { rows } = await client.query<DecisionRow>(
    `select d.id::text as decision, d.source, d.record_id as id, d.kind,
       case
         when d.movie like 'mq%' or t.tconst is not null then d.movie
         else coalesce(r.movie, d.movie)
       end as movie
     from unnest($1::text[], $2::text[]) as wanted (source, id)
       join sources.decision d on d.source = wanted.source and d.record_id = wanted.id
       left join imdb.title_basics t on t.tconst = d.movie
       left join movies.redirect r on r.id = d.movie
     where d.undone_at is null
     order by d.id`,
    columnsOf(refs),
  );
  return new Map(
    [...Map.groupBy(rows, refKey)].map(([key, decisions]) => [key, combined(decisions)]),
  );
}

function combined(rows: readonly DecisionRow[]): RecordDecisions {
  return rows.reduce<RecordDecisions>(
    ({ same, none, different }, { decision, kind, movie }) => {
      if (movie === null) return { same: null, none: decision, different, last: decision };
      if (kind === 'same')
        return {
          same: { decision, movie },
          none: null,
          different: different.filter((other) => other !== movie),
          last: decision,
        };
      return {
        same: same?.movie === movie ? null : same,
        none,
        different: [...different, movie],
        last: decision,
      };
    },
    { same: null, none: null, different: [], last: '' },
  );
}
