/** How deep lists and objects of a row may lie in each other; film data has about five levels. */
export const MAX_DEPTH = 50;

/** Whether lists and objects lie deeper in each other than any code that walks them can go. */
export function isTooDeep(value: unknown, levels = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1));
}
