import type { Position } from '../lists/sort.ts';
import type { Hit } from './hits.ts';

/** Whether a hit comes after a position: the score and id of a page's last hit. */
export function isAfterPosition(
  { score, id }: Hit,
  [lastScore = 0, lastId = '']: Position,
): boolean {
  return score === lastScore ? id > String(lastId) : score < Number(lastScore);
}
