/**
 * Waits for all of them, also when one fails: the others would go on behind the back of whoever
 * clears up.
 *
 * @throws what the first that failed has thrown
 */
export async function together(work: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work))
    if (result.status === 'rejected') throw result.reason;
}
