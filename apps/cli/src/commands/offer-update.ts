import { ApiUnreachableError } from '@marquee/api-client';
import { UserError } from '@marquee/process';
import { readFreshness, stalenessOf } from '../checks/freshness.ts';
import type { Context } from '../context/context.ts';
import { confirm, FIRST_FETCH } from './confirm.ts';
import { updateAndFollow } from './update.ts';

/**
 * Called before a command reads data: reports missing or old data, and offers an
 * update if questions can be asked.
 */
export async function offerUpdate(context: Context): Promise<void> {
  const { out, canPrompt, assumeYes } = context;
  const freshness = await readFreshness(context).catch((error: unknown) => {
    // the command itself finds out whether the error matters
    if (error instanceof UserError && !(error instanceof ApiUnreachableError)) return null;
    throw error;
  });
  if (freshness === null) return;
  const note = freshness.isEmpty ? 'There is no data yet.' : stalenessOf(freshness);
  if (note === null) return;
  if (freshness.running !== null) {
    out.note(`${note} A run is in progress: marquee runs watch ${freshness.running.id}`);
    return;
  }
  if (!canPrompt && !assumeYes) {
    out.note(`${note} To ${freshness.isEmpty ? 'fetch it' : 'update'}: marquee update`);
    return;
  }
  out.note(note);
  const question = freshness.isEmpty ? `Fetch it now? ${FIRST_FETCH}` : 'Update now?';
  if (assumeYes || (await confirm(context, question))) await updateAndFollow(context, {});
}
