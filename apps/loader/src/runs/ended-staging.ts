import type { DatasetName } from '@marquee/datasets';
import type { Pool } from 'pg';
import { inTransaction } from '../database/transaction.ts';
import { dropStagedStatement } from '../load/staging.ts';
import { dropChangeLogs } from '../publish/change-log.ts';
import { tryToHoldPublish } from '../publish/publish.ts';

/** How long to wait for a publish that is being aborted; after that, the next call clears. */
const LOCK_MS = 500;

/**
 * Drops what is staged for runs that have ended: cancelling a run does not wait for that. Skips a
 * dataset that is being loaded; its load drops what was staged before.
 */
export async function clearEnded(pool: Pool): Promise<void> {
  await inTransaction(pool, new AbortController().signal, async (client) => {
    await client.query(`set local lock_timeout = ${LOCK_MS}`);
    const { rows } = await client.query<{ dataset: DatasetName }>(
      `select dataset from ingest.staged
       where not exists (select from ingest.run where id = run_id and state = 'running')
       order by dataset for update skip locked`,
    );
    for (const { dataset } of rows) {
      const asked = await client.query<{ isOurs: boolean }>(
        `select pg_try_advisory_xact_lock(hashtext($1::text), hashtext($2::text)) as "isOurs"`,
        ['marquee load', dataset],
      );
      if (asked.rows[0]?.isOurs !== true) continue;
      await client.query(dropStagedStatement(dataset));
      await client.query('delete from ingest.staged where dataset = $1::text', [dataset]);
    }
    // a publish under way may still need its change log
    if (await tryToHoldPublish(client)) await dropChangeLogs(client);
  });
}
