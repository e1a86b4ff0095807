/** A mark of a chart: its element, and its box within the chart, in CSS pixels. */
export interface Mark {
  readonly element: HTMLElement | SVGElement;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Attribute of a mark: the lines of its tooltip. */
export const TIP_ATTRIBUTE = 'data-tip';

/** The marks within a container, in the order of the document. */
export function marksIn(container: HTMLElement): Mark[] {
  const origin = container.getBoundingClientRect();
  return [...container.querySelectorAll<HTMLElement | SVGElement>(`[${TIP_ATTRIBUTE}]`)].map(
    (element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return {
        element,
        left: left - origin.left,
        top: top - origin.top,
        right: right - origin.left,
        bottom: bottom - origin.top,
      };
    },
  );
}

type Box = Omit<Mark, 'element'>;

/** Distance from a point to a box; 0 inside. */
function distanceTo({ left, top, right, bottom }: Box, x: number, y: number): number {
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
}

function centreOf({ left, top, right, bottom }: Box): readonly [x: number, y: number] {
  return [(left + right) / 2, (top + bottom) / 2];
}

/**
 * The index of the mark nearest to a point, or -1 if none is near enough. Where boxes overlap, the
 * nearest centre counts.
 */
export function nearestMark(
  marks: readonly Box[],
  x: number,
  y: number,
  maxDistance: number,
): number {
  let best = -1;
  let bestRank: readonly [number, number] = [maxDistance, Infinity];
  for (const [index, box] of marks.entries()) {
    const [centreX, centreY] = centreOf(box);
    const rank = [distanceTo(box, x, y), Math.hypot(centreX - x, centreY - y)] as const;
    if (rank[0] < bestRank[0] || (rank[0] === bestRank[0] && rank[1] < bestRank[1])) {
      best = index;
      bestRank = rank;
    }
  }
  return best;
}

/** A step to the side costs more than one ahead, so that an arrow keeps its direction. */
const SIDEWAYS_COST = 3;

/**
 * The index of the mark that a key leads to; undefined for other keys.
 *
 * @param from index of the current mark; -1 for none
 */
export function markAtKey(marks: readonly Box[], from: number, key: string): number | undefined {
  const last = marks.length - 1;
  const current = marks[from];
  if (current === undefined)
    return /^(?:Arrow|Home)/u.test(key) ? 0 : key === 'End' ? last : undefined;
  switch (key) {
    case 'ArrowRight':
      return Math.min(from + 1, last);
    case 'ArrowLeft':
      return Math.max(from - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'ArrowUp':
    case 'ArrowDown':
      return markBeyond(marks, current, key === 'ArrowUp' ? -1 : 1) ?? from;
    default:
      return undefined;
  }
}

/** The nearest mark above (-1) or below (1) another one. */
function markBeyond(marks: readonly Box[], current: Box, direction: -1 | 1): number | undefined {
  const [x, y] = centreOf(current);
  let best: number | undefined;
  let bestCost = Infinity;
  for (const [index, box] of marks.entries()) {
    const [otherX, otherY] = centreOf(box);
    const ahead = (otherY - y) * direction;
    const cost = ahead + SIDEWAYS_COST * Math.abs(otherX - x);
    if (ahead >= 1 && cost < bestCost) {
      best = index;
      bestCost = cost;
    }
  }
  return best;
}
