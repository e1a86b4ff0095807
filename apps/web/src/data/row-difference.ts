import type { ChangeEntry } from '@marquee/contract';

/**
 * What has changed of a row: `averageRating: 5.6 → 5.7`; nothing of one that is new or gone.
 */
export function differenceOf(
  before: ChangeEntry['before'] | undefined,
  after: ChangeEntry['after'] | undefined,
): string {
  if (!before || !after) return '';
  return Object.keys(after)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name}: ${valueText(before[name])} → ${valueText(after[name])}`)
    .join(', ');
}

function valueText(value: NonNullable<ChangeEntry['after']>[string] | undefined): string {
  return value === undefined || value === null ? '–' : String(value);
}
