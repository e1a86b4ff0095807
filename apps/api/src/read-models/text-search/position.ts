import type { Position } from '../lists/sort.ts';
import type { Hit } from './text-search.ts';

/** Whether a hit comes after the one that a page ended with: its stage, weight and id. */
export function isBehind(
  { stage, weight, id }: Hit,
  [lastStage = 0, lastWeight = 0, lastId = '']: Position,
): boolean {
  if (stage !== lastStage) return stage > Number(lastStage);
  return weight === lastWeight ? id > String(lastId) : weight < Number(lastWeight);
}
