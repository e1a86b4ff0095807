/**
 * Waits for all promises, also when one rejects: the others would otherwise still run while the
 * caller cleans up.
 *
 * @throws the error of the first in the list that rejected
 */
export async function allSettledOrThrow(work: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work))
    if (result.status === 'rejected') throw result.reason;
}
