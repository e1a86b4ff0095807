/**
 * A page of a list, from one row more than fits on it: the row too many tells that there is a next page.
 *
 * @param key what the next page is asked for with: the last item's id
 */
export function pageOf<T>(rows: readonly T[], limit: number, key: (item: T) => string): { items: T[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? key(last) : null };
}
