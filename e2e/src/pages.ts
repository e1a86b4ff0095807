import type { System } from './system.ts';

/** A page of any list. */
export interface Page<T = unknown> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/**
 * The pages of a list, requested one by one on demand.
 *
 * @param path with its parameters, without limit and cursor
 */
export async function* pagesOf<T>(
  system: Pick<System, 'get'>,
  path: string,
  limit: number,
): AsyncGenerator<readonly T[], void> {
  const cursors = new Set<string>();
  for (let after = ''; ;) {
    const { items, next } = (await system.get(
      `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${after}`,
    )) as Page<T>;
    yield items;
    if (next === null) return;
    if (cursors.has(next)) throw new Error(`${path} returned the cursor of an earlier page`);
    cursors.add(next);
    after = `&after=${next}`;
  }
}

/** All items of a list, read page by page. @throws Error if a page exceeds the limit */
export async function allItems<T = unknown>(
  system: Pick<System, 'get'>,
  path: string,
  limit: number,
): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pagesOf<T>(system, path, limit)) {
    if (page.length > limit)
      throw new Error(`${path} returned ${page.length} items for limit ${limit}`);
    items.push(...page);
  }
  return items;
}
