import { Decision, OpenMatch } from '@marquee/contract';
import { z } from 'zod';
import type { Context } from '../context/context.ts';

/** The answer to `GET /matches` with all fields. */
export const FullMatchPage = z.object({ items: z.array(OpenMatch), next: z.string().nullable() });
/** Sends a decision. */
export async function decide(
  { api }: Context,
  request: {
    readonly source: string;
    readonly record: string;
    readonly kind: Decision['kind'];
    readonly movie?: string | undefined;
    readonly note?: string | undefined;
  },
): Promise<Decision> {
  return api.send('POST', Decision, '/matches/decisions', request);
}

/** What was decided, as a sentence. */
export function summaryOf({ source, record, kind, movie }: Decision): string {
  const what = `Record ${record} of ${source}`;
  if (kind === 'same') return `${what} tells of ${movie ?? ''}.`;
  return kind === 'different'
    ? `${what} does not tell of ${movie ?? ''}.`
    : `${what} tells of none of the candidates.`;
}
