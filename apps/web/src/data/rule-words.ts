import type { MergeRule } from '@marquee/contract';
import { count } from '../format.ts';

const list = (words: readonly string[]) => new Intl.ListFormat('en').format(words);

/** A rule as a sentence. @param nameOf names of sources by their ids */
export function ruleSentence(rule: MergeRule, nameOf: (source: string) => string): string {
  const empty =
    'emptyCounts' in rule && rule.emptyCounts === true
      ? ' One that has it as empty counts too.'
      : '';
  switch (rule.kind) {
    case 'priority':
      return `The first source that has it: ${[...rule.sources.map(nameOf), 'then the others'].join(', ')}.${empty}`;
    case 'newest':
      return `The newest delivery that has it.${empty}`;
    case 'most-complete':
      return `The most complete one: the longest list, or the record with most fields.${empty}`;
    case 'most-votes':
      return `The record with most votes.${empty}`;
    case 'union':
      return rule.limit === undefined
        ? 'All that any source has.'
        : `All that any source has, at most ${count(rule.limit)}.`;
    case 'weighted-mean':
      return `The mean of all ratings by ${list(rule.of)}, weighted by votes, of which at most ${count(rule.cap)} count.${weightWords(rule.weights, nameOf)}`;
  }
}

function weightWords(
  weights: Readonly<Record<string, number>>,
  nameOf: (source: string) => string,
): string {
  const words = Object.entries(weights).map(([source, weight]) => `${nameOf(source)} ${weight}`);
  return words.length === 0 ? '' : ` Weights: ${list(words)}; of others 1.`;
}
