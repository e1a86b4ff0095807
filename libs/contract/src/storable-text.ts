/** A value within another one. */
interface Part {
  readonly value: unknown;
  readonly key?: string;
  readonly within?: Part;
}

/**
 * Finds a text that PostgreSQL cannot keep in a body: one with NUL or with half of a surrogate pair,
 * also as the name of a field.
 *
 * @returns its path; null without any
 */
export function findUnstorable(body: unknown): string[] | null {
  // a stack instead of calls: a body may be nested as deep as it is long
  const parts: Part[] = [{ value: body }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { value, key = '' } = part;
    if (!isStorable(key) || (typeof value === 'string' && !isStorable(value))) return pathOf(part);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value))
      parts.push({ value: inner, key: name, within: part });
  }
  return null;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function pathOf(part: Part): string[] {
  const path: string[] = [];
  for (let at: Part | undefined = part; at?.key !== undefined; at = at.within) path.unshift(at.key);
  return path.map((key) => key.replaceAll('\0', '').toWellFormed());
}
