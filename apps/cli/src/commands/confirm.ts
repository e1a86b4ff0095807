import { readFreshness } from '../checks/freshness.ts';
import type { Context } from '../context/context.ts';

/** What an update fetches if there is no data yet. */
export const FIRST_FETCH = "IMDb's files are 2 GB, and fill 40 GB of database.";

/** Asks whether to fetch IMDb's files, and says how much that is the first time. */
export async function confirmFetch(context: Context): Promise<boolean> {
  const { isEmpty } = await readFreshness(context);
  return confirm(
    context,
    isEmpty ? `Fetch IMDb's data now? ${FIRST_FETCH}` : "Fetch IMDb's new files now?",
  );
}

/** Asks a question in the terminal; the default is no. */
export async function confirm({ signal }: Context, question: string): Promise<boolean> {
  // takes longer to load than most commands take
  const { confirm: ask } = await import('@inquirer/prompts');
  return ask({ message: question, default: false }, { signal, output: process.stderr });
}
