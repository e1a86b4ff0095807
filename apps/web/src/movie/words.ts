import type { FieldProvenance, Money, Movie, SourceRating } from '@marquee/contract';
import { count, date, labelOf, languageName, regionName } from '../format.ts';

/** Labels of the fields of a movie, in the order in which they are shown. */
export const FIELD_LABELS: Readonly<Record<string, string>> = {
  title: 'Title',
  originalTitle: 'Original title',
  names: 'Names',
  type: 'Type',
  year: 'Year',
  endYear: 'Last year',
  releaseDate: 'Release',
  runtimeMinutes: 'Running time',
  isAdult: 'For adults only',
  certificate: 'Certificate',
  genres: 'Genres',
  countries: 'Countries',
  languages: 'Languages',
  people: 'People',
  companies: 'Companies',
  budget: 'Budget',
  revenue: 'Revenue',
  overview: 'Overview',
  tagline: 'Tagline',
  homepage: 'Homepage',
  ratings: 'Ratings of the sources',
  rating: 'Combined rating',
  cRatings: 'C-ratings',
  watched: 'Watched',
  ids: 'Ids',
};

/** Label of a field. */
export function fieldLabel(field: string): string {
  return FIELD_LABELS[field] ?? labelOf(field);
}

const RULES: Readonly<Record<string, string>> = {
  priority: 'the first source in order of priority that has it',
  newest: 'the newest delivery',
  'most-complete': 'the most complete value',
  'most-votes': 'the record with most votes',
  union: 'all sources together',
  'weighted-mean': 'mean of all, weighted by votes',
  lock: 'set by a person',
};

/** What a rule does, in words. */
export function ruleWords(rule: string): string {
  return RULES[rule] ?? labelOf(rule).toLowerCase();
}

/** An amount with its currency: `$12.5M`, or all of it. */
export function money({ amount, currency }: Money, form: 'short' | 'whole' = 'short'): string {
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    ...(form === 'short'
      ? { notation: 'compact', maximumSignificantDigits: 3 }
      : { maximumFractionDigits: 0 }),
  }).format(amount);
}

/** Revenue less budget; null unless both are known, in one currency. */
export function profitOf({ budget, revenue }: Pick<Movie, 'budget' | 'revenue'>): Money | null {
  return revenue === null || budget?.currency !== revenue.currency
    ? null
    : { amount: revenue.amount - budget.amount, currency: budget.currency };
}

/** The profit as a share of the budget, such as `2.4 times the budget`; empty without a budget. */
export function profitShare(profit: Money, budget: Money): string {
  if (budget.amount === 0) return '';
  const share = profit.amount / budget.amount;
  return Math.abs(share) >= 2
    ? `${share.toFixed(1)} times the budget`
    : `${Math.round(share * 100)} % of the budget`;
}

/** A rating on its scale: `83 of 100`, `7.4 of 10`. */
export function onScale({ value, scale: { max } }: Pick<SourceRating, 'value' | 'scale'>): string {
  const shown = Number.isInteger(value) && max > 10 ? String(value) : value.toFixed(1);
  return `${shown} of ${max}`;
}

/** A rating as a part of its scale, from 0 to 1. Scales of positive values count from 0. */
export function partOfScale({
  value,
  scale: { min, max },
}: Pick<SourceRating, 'value' | 'scale'>): number {
  const least = Math.min(0, min);
  return max > least ? Math.min(1, Math.max(0, (value - least) / (max - least))) : 0;
}

/** A value of any field in words; a dash for none. */
export function valueWords(field: string, value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((one) => valueWords(field, one)).join(', ');
  switch (typeof value) {
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'number':
      return field.toLowerCase().endsWith('year') ? String(value) : count(value);
    case 'string':
      return textWords(field, value);
    default:
      return objectWords(field, value as Readonly<Record<string, unknown>>);
  }
}

function textWords(field: string, text: string): string {
  if (field === 'countries') return regionName(text);
  if (field === 'languages') return languageName(text);
  if (field === 'releaseDate') return date(text);
  return field === 'type' ? labelOf(text) : text;
}

/** Names, companies, people, amounts, ratings; of others, each member. */
function objectWords(field: string, value: Readonly<Record<string, unknown>>): string {
  if ('amount' in value) return money(value as Money, 'whole');
  if ('scale' in value) return onScale(value as SourceRating);
  if (typeof value['name'] === 'string') return nameWords(value['name'], value);
  if (typeof value['value'] === 'number') return valueAndVotes(value['value'], value);
  return Object.entries(value)
    .filter(([, one]) => one !== null)
    .map(([name, one]) => `${labelOf(name)}: ${valueWords(field, one)}`)
    .join('; ');
}

function nameWords(name: string, { role, language, region }: Readonly<Record<string, unknown>>) {
  const notes = [
    typeof role === 'string' && role,
    typeof language === 'string' && languageName(language),
    typeof region === 'string' && regionName(region),
  ].filter((note) => note !== false);
  return notes.length === 0 ? name : `${name} (${notes.join(', ')})`;
}

function valueAndVotes(
  value: number,
  { votes, voices }: Readonly<Record<string, unknown>>,
): string {
  const number = votes ?? voices;
  return typeof number === 'number' ? `${value.toFixed(1)} (${count(number)})` : value.toFixed(1);
}

/** Where a value comes from, such as `From MovieLens, delivery of May 3, 2026`. */
export function originWords(
  { from, by, at, rule }: Pick<FieldProvenance, 'from' | 'by' | 'at' | 'rule'>,
  nameOf: (source: string) => string,
): string {
  if (rule === 'lock') return `Set by ${by ?? 'an operator'} on ${date(at)}`;
  const names = [...new Set(from.map(({ source }) => nameOf(source)))];
  const deliveries = names.length === 1 ? 'delivery' : 'newest delivery';
  return `From ${new Intl.ListFormat('en').format(names)}, ${deliveries} of ${date(at)}`;
}
