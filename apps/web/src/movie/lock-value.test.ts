import { describe, expect, it } from 'vitest';
import { parseValue, typedValue } from './lock-value.ts';

describe('the value of a lock', () => {
  it.each([
    ['title', 'The Comet', 'The Comet'],
    ['year', 1999, '1999'],
    ['watched', false, 'false'],
    ['genres', ['Drama', 'War'], 'Drama, War'],
    ['budget', { amount: 12_000_000, currency: 'EUR' }, '12000000 EUR'],
    ['companies', [{ id: null, name: 'A' }], '[\n  {\n    "id": null,\n    "name": "A"\n  }\n]'],
  ] as const)('%s is entered as it is shown', (field, value, typed) => {
    // readonly in this table alone
    expect(typedValue(field, structuredClone(value) as never)).toBe(typed);
    expect(parseValue(field, typed)).toEqual(value);
  });

  it('may have an amount with commas, and is in dollars without a currency', () => {
    expect(parseValue('revenue', '1,200,000')).toEqual({ amount: 1_200_000, currency: 'USD' });
  });

  it.each([
    ['year', 'soon', 'Enter a whole number.'],
    ['title', '  ', 'Enter a value, or choose “Leave it empty”.'],
    ['budget', 'much', 'Enter an amount and its currency, such as 12000000 USD.'],
    ['people', '[', 'Enter JSON, as it is shown at first.'],
  ] as const)('%s refuses “%s”', (field, typed, message) => {
    expect(() => parseValue(field, typed)).toThrow(message);
  });
});
