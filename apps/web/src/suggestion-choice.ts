/**
 * Which suggestion an arrow comes to, from 0; -1 is the text itself, which is one place more, before
 * the first and behind the last.
 */
export function nextChoice(now: number, step: 1 | -1, suggestions: number): number {
  const places = suggestions + 1;
  return ((now + 1 + step + places) % places) - 1;
}
