import type { ChangeEntry } from '@marquee/contract';

/**
 * The changed fields of a row, such as `averageRating: 5.6 → 5.7`; empty for an inserted or deleted
 * row.
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
