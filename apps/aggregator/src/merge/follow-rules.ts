import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { inTransaction } from '@marquee/catalogue';
import { MERGED_FIELDS, type MergedField, type MergeRules } from '@marquee/contract';
import { RULES_VERSION } from '@marquee/movies';
import type { Pool } from 'pg';
import { readRules } from './merge-inputs.ts';

/** The rules that the movies follow, as `movies.progress` keeps them. */
interface FollowedRules {
  readonly version: number;
  readonly rules: MergeRules;
}

/**
 * Marks the movies that rules touch which have changed since the last call: all of them after a
 * change of the shipped rules' version.
 */
export async function followRules(pool: Pool): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('insert into movies.progress default values on conflict do nothing');
    const { rows } = await client.query<{ hash: Buffer | null; followed: FollowedRules | null }>(
      'select rules_hash as hash, rules as followed from movies.progress for update',
    );
    const current = { version: RULES_VERSION, rules: await readRules(client) };
    const { hash = null, followed = null } = rows[0] ?? {};
    if (hash?.equals(hashOf(current)) === true) return;
    const touched = touchedBy(followed, current);
    if (touched !== null)
      await client.query(
        `insert into movies.pending (movie, cause)
         select m.id, $1::jsonb from movies.movie as m where ${touched} order by m.id
         on conflict (movie) do update set since = now()`,
        [JSON.stringify({ kind: 'rules' })],
      );
    await client.query(
      'update movies.progress set rules_hash = $1::bytea, rules = $2::jsonb, updated_at = now()',
      [hashOf(current), JSON.stringify(current)],
    );
  });
}

/** Whether rules have changed that the movies do not follow yet. */
export async function areRulesFollowed(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ hash: Buffer | null }>(
    'select rules_hash as hash from movies.progress',
  );
  const current = { version: RULES_VERSION, rules: await readRules(pool) };
  return rows[0]?.hash?.equals(hashOf(current)) === true;
}

function hashOf(current: FollowedRules): Buffer {
  return createHash('sha256').update(JSON.stringify(current)).digest();
}

/** An SQL condition on rows m of `movies.movie`; null if no movie is touched. */
function touchedBy(followed: FollowedRules | null, current: FollowedRules): string | null {
  if (followed?.version !== current.version) return 'true';
  const changed = MERGED_FIELDS.filter(
    (field) => !isDeepStrictEqual(followed.rules[field], current.rules[field]),
  );
  if (changed.length === 0) return null;
  return changed
    .map((field) =>
      changesSingles(followed.rules[field]) || changesSingles(current.rules[field])
        ? 'true'
        : hasSeveralRecords(field),
    )
    .join(' or ');
}

/** Whether a rule can make something else of the value of a single record. */
function changesSingles(rule: MergeRules[MergedField]): boolean {
  return (
    rule.kind === 'weighted-mean' ||
    ('limit' in rule && rule.limit !== undefined) ||
    ('emptyCounts' in rule && rule.emptyCounts === true)
  );
}

function hasSeveralRecords(field: MergedField): string {
  const counts = ['from', 'lost'].map(
    (side) => `coalesce(jsonb_array_length(m.provenance #> '{${field},${side}}'), 0)`,
  );
  return `${counts.join(' + ')} > 1`;
}
