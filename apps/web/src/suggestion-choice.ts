/**
 * Index of the suggestion that an arrow key moves to, wrapping around. -1 is the text itself, which
 * lies between the last and the first.
 */
export function nextChoice(now: number, step: 1 | -1, suggestions: number): number {
  const places = suggestions + 1;
  return ((now + 1 + step + places) % places) - 1;
}
