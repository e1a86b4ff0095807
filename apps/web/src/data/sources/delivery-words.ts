import type { Delivery } from '@marquee/contract';
import { count, quantity } from '../../format.ts';
import { STATES } from '../match-words.ts';

/** What a delivery brought, such as `120 records: 12 added, 3 changed`. */
export function deliveryCounts({
  records,
  added,
  changed,
  removed,
}: Pick<Delivery, 'records' | 'added' | 'changed' | 'removed'>): string {
  const changes = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
  ] as const;
  const words = changes
    .filter(([number]) => (number ?? 0) > 0)
    .map(([number, word]) => `${count(number)} ${word}`);
  return `${quantity(records, 'record')}: ${words.length === 0 ? 'nothing changed' : words.join(', ')}`;
}

/**
 * Which records the states of a delivery are of: not of those that later ones changed. Empty if they
 * are of all.
 */
export function lastChangedWords({
  records,
  matches,
}: Pick<Delivery, 'records' | 'matches'>): string {
  if (matches === null) return '';
  const last = STATES.reduce((sum, state) => sum + matches[state].records, matches.waiting);
  return last === 0 || last === records
    ? ''
    : `${quantity(last, 'record')} that no later delivery changed:`;
}

/** The state of a delivery in a word or two. */
export function deliveryState({ state, isCurrent }: Pick<Delivery, 'state' | 'isCurrent'>): string {
  if (state === 'taken') return isCurrent ? 'in use' : 'replaced';
  return { received: 'being read', failed: 'failed', withdrawn: 'taken back' }[state];
}
