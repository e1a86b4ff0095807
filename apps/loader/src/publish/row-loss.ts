import type { Gate } from '@marquee/contract';
import type { PoolClient } from 'pg';
import { allowedOf, tooManyRowsLost } from '../load/gates.ts';
import type { Staged } from '../load/staging.ts';

/**
 * The gate against publishing an incomplete dataset over a complete one.
 *
 * @throws RunFault for the first dataset that would lose more rows than allowed
 */
export async function checkRowLoss(
  client: PoolClient,
  staged: readonly Staged[],
  maxRowLossPercent: number,
  ignoreGates: readonly Gate[],
): Promise<void> {
  const { rows } = await client.query<{ dataset: string; rows: string }>(
    'select dataset, rows from ingest.data_control',
  );
  const publishedRows = new Map(rows.map((row) => [row.dataset, Number(row.rows)]));
  for (const { dataset, rows: next } of staged) {
    const published = publishedRows.get(dataset) ?? 0;
    const allowed = allowedOf(published, maxRowLossPercent);
    if (published - next > allowed)
      throw tooManyRowsLost({ dataset, published, rows: next, allowed, ignoreGates });
  }
}
