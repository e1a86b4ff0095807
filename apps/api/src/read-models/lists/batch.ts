/** The items of a batch of ids, each once, in the order of the ids; and the ids of no item. */
export function inRequestedOrder<T>(
  ids: readonly string[],
  found: readonly T[],
  idOf: (item: T) => string,
): { items: T[]; missing: string[] } {
  const byId = new Map(found.map((item) => [idOf(item), item]));
  const asked = [...new Set(ids)];
  return {
    items: asked.flatMap((id) => byId.get(id) ?? []),
    missing: asked.filter((id) => !byId.has(id)),
  };
}
