import type { Change } from '@marquee/contract';

/**
 * What has changed of a row: `averageRating: 5.6 → 5.7`; nothing of one that is new or gone.
 */
export function differenceOf(
  before: Change['before'] | undefined,
  after: Change['after'] | undefined,
): string {
  if (!before || !after) return '';
  return Object.keys(after)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name}: ${wordOf(before[name])} → ${wordOf(after[name])}`)
    .join(', ');
}

function wordOf(value: NonNullable<Change['after']>[string] | undefined): string {
  return value === undefined || value === null ? '–' : String(value);
}
