import { DeliveryError } from '@marquee/sources';
import type { Delivery } from './target.ts';

/** What may make a delivery fail; a person can let it pass a gate. */
export interface Gates {
  readonly maxRejectsPercent: number;
  readonly maxLossPercent: number;
}

/** @throws DeliveryError when too many rows of a delivery are rejects */
export function checkRejects(
  { ignoreGates }: Delivery,
  { rows, rejects }: { readonly rows: number; readonly rejects: number },
  { maxRejectsPercent }: Gates,
): void {
  if (ignoreGates.includes('too-many-rejects') || rejects * 100 <= rows * maxRejectsPercent) return;
  throw new DeliveryError(
    'too-many-rejects',
    `${rejects} of ${rows} rows are rejects; at most ${maxRejectsPercent}% are allowed.`,
  );
}

/** @throws DeliveryError when a delivery would remove too many records */
export function checkLoss(
  { ignoreGates }: Delivery,
  { before, removed }: { readonly before: number; readonly removed: number },
  { maxLossPercent }: Gates,
): void {
  if (ignoreGates.includes('too-many-lost') || removed * 100 <= before * maxLossPercent) return;
  throw new DeliveryError(
    'too-many-lost',
    `${removed} of ${before} records would go; at most ${maxLossPercent}% may.`,
  );
}
