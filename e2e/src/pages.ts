import type { System } from './system.ts';

/** A page of a list, as every list has it. */
export interface Page<T = unknown> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/**
 * The pages of a list, one after the other; the next is asked for when it is wanted.
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
    if (cursors.has(next)) throw new Error(`${path} leads back to a page that it gave before`);
    cursors.add(next);
    after = `&after=${next}`;
  }
}

/** All items of a list, page by page. @throws when a page has more than were asked for */
export async function allItems<T = unknown>(
  system: Pick<System, 'get'>,
  path: string,
  limit: number,
): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pagesOf<T>(system, path, limit)) {
    if (page.length > limit)
      throw new Error(`${path} gave ${page.length} items where ${limit} were asked for`);
    items.push(...page);
  }
  return items;
}
