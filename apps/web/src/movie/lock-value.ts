import type { MergedField, Money, Movie } from '@marquee/contract';

/** How a field is entered: as what is typed, or as JSON. */
export type FieldInput =
  'text' | 'long' | 'number' | 'date' | 'boolean' | 'list' | 'money' | 'json';

const INPUTS: Readonly<Record<MergedField, FieldInput>> = {
  title: 'text',
  originalTitle: 'text',
  names: 'json',
  type: 'text',
  year: 'number',
  endYear: 'number',
  releaseDate: 'date',
  runtimeMinutes: 'number',
  isAdult: 'boolean',
  certificate: 'text',
  genres: 'list',
  countries: 'list',
  languages: 'list',
  people: 'json',
  companies: 'json',
  budget: 'money',
  revenue: 'money',
  overview: 'long',
  tagline: 'text',
  homepage: 'text',
  ratings: 'json',
  rating: 'json',
  cRatings: 'json',
  watched: 'boolean',
  ids: 'json',
};

/** How a field is entered. */
export function inputOf(field: MergedField): FieldInput {
  return INPUTS[field];
}

/** The value of a field as it is entered. */
export function typedValue(field: MergedField, value: Movie[MergedField]): string {
  if (value === null) return inputOf(field) === 'boolean' ? 'true' : '';
  switch (inputOf(field)) {
    case 'list':
      return (value as readonly string[]).join(', ');
    case 'money':
      return moneyText(value as Money);
    case 'json':
      return JSON.stringify(value, null, 2);
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function moneyText({ amount, currency }: Money): string {
  return `${amount} ${currency}`;
}

/** What was entered, as the value of a lock. @throws Error that says what was expected */
export function parseValue(field: MergedField, typed: string): unknown {
  const text = typed.trim();
  switch (inputOf(field)) {
    case 'number':
      if (!/^\d+$/u.test(text)) throw new Error('Enter a whole number.');
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'list':
      return text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '');
    case 'money':
      return parseMoney(text);
    case 'json':
      return parseJson(text);
    default:
      if (text === '') throw new Error('Enter a value, or choose “Leave it empty”.');
      return text;
  }
}

function parseMoney(text: string): Money {
  const [, amount, currency = 'USD'] = /^([\d,]+)\s*([a-z]{3})?$/iu.exec(text) ?? [];
  if (amount === undefined)
    throw new Error('Enter an amount and its currency, such as 12000000 USD.');
  return { amount: Number(amount.replaceAll(',', '')), currency: currency.toUpperCase() };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('Enter JSON, as it is shown at first.');
  }
}
