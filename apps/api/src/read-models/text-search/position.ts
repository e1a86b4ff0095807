import type { Position } from '../lists/sort.ts';
import type { Hit } from './text-search.ts';

/** Whether a hit comes after a position: the stage, weight and id of a page's last hit. */
export function isAfterPosition(
  { stage, weight, id }: Hit,
  [lastStage = 0, lastWeight = 0, lastId = '']: Position,
): boolean {
  if (stage !== lastStage) return stage > Number(lastStage);
  return weight === lastWeight ? id > String(lastId) : weight < Number(lastWeight);
}
