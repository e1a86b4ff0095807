import type { RunChange, RunChanges } from '@marquee/contract';
import { count, joinFacts, labelOf, quantity } from '../format.ts';

type Values = RunChange['before'];
type Value = NonNullable<Values>[string] | undefined;

/** The changes of a run in one dataset: `120 added, 4,031 changed, 15 removed`. */
export function changeCounts(changes: RunChanges['datasets'][number]): string {
  const { isReload, added, changed, removed, rows } = changes;
  if (isReload) return `all ${quantity(rows, 'row')} loaded anew`;
  const parts = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
  ] as const;
  const some = parts.flatMap(([number, what]) =>
    number === null || number === 0 ? [] : [`${count(number)} ${what}`],
  );
  return some.join(', ') || 'nothing changed';
}

/** The changed values of a row; of an added or removed row, its main values. */
export function changeFacts({ dataset, before, after }: RunChange): string {
  if (before && after) return differenceOf(before, after);
  const row = after ?? before;
  if (!row) return '';
  switch (dataset) {
    case 'title.ratings':
      return `${valueText('averageRating', row['averageRating'])}, ${valueText('numVotes', row['numVotes'])} votes`;
    case 'title.akas':
      return valueText('title', row['title']);
    case 'title.principals':
      return joinFacts(labelOf(stringOf(row['category'])), stringOf(row['job']));
    default:
      return '';
  }
}

/** The changed fields of a row, such as `rating: 5.6 → 5.7`. */
export function differenceOf(before: NonNullable<Values>, after: NonNullable<Values>): string {
  return Object.keys(after)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(
      (name) =>
        `${fieldLabel(name)}: ${valueText(name, before[name])} → ${valueText(name, after[name])}`,
    )
    .join(', ');
}

const FIELD_LABELS: Readonly<Record<string, string>> = {
  averageRating: 'rating',
  numVotes: 'votes',
  isAdult: 'adult',
  nconst: 'person',
  parentTconst: 'series',
};

/** A field of IMDb in words: `startYear` becomes `start year`. */
function fieldLabel(name: string): string {
  return FIELD_LABELS[name] ?? name.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
}

function stringOf(value: Value): string | null {
  return typeof value === 'string' ? value : null;
}

function valueText(name: string, value: Value): string {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(', ');
  return name === 'numVotes' && typeof value === 'number' ? count(value) : String(value);
}
