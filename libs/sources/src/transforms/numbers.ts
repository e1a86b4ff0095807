import { ValueError } from './value-error.ts';

/** A number in decimal notation, with or without thousands separators. */
const NUMBERS = {
  '.': /^[+-]?(?:\d+|\d{1,3}(?:[, \u00a0\u202f']\d{3})+)?(?:\.\d+)?(?:e[+-]?\d+)?$/iu,
  ',': /^[+-]?(?:\d+|\d{1,3}(?:[. \u00a0\u202f']\d{3})+)?(?:,\d+)?$/u,
} as const;

export type Decimal = keyof typeof NUMBERS;

/** Reads a number. @throws ValueError */
export function toNumber(value: unknown, decimal: Decimal = '.'): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !NUMBERS[decimal].test(value) || !/\d/u.test(value))
    throw new ValueError(value, 'a number');
  const digits = value.replace(decimal === '.' ? /[, \u00a0\u202f']/gu : /[. \u00a0\u202f']/gu, '');
  return Number(digits.replace(',', '.'));
}

/** Reads a whole number. @throws ValueError */
export function toInteger(value: unknown): number {
  const number = toNumber(value);
  if (!Number.isSafeInteger(number)) throw new ValueError(value, 'a whole number');
  return number;
}

/** The longest amount of money, in characters. */
const MAX_MONEY_LENGTH = 200;
/** Symbols and codes of currencies before or behind an amount. */
const CURRENCY = /^(?:[A-Z]{0,3}\p{Sc}|[A-Z]{3})\s*|\s*(?:\p{Sc}|[A-Z]{3})$/gu;

/**
 * Reads an amount of money.
 *
 * @param thousands the factor of amounts that have thousands separators
 * @throws ValueError
 */
export function toMoney(value: unknown, decimal: Decimal = '.', thousands = 1): number {
  if (typeof value !== 'string') return toNumber(value, decimal);
  // the search for a currency takes time by the square of the length
  if (value.length > MAX_MONEY_LENGTH) throw new ValueError(value, 'an amount of money');
  const digits = value.replace(CURRENCY, '');
  const amount = toNumber(digits, decimal);
  const isSeparated = thousands !== 1 && /\d[^\d]\d{3}(?!\d)/u.test(digits.split(decimal)[0] ?? '');
  // without the rounding, 1,131.6 times a million has a fraction
  return isSeparated ? Math.round(amount * thousands) : amount;
}

const YES = new Set(['true', 'yes', 'y', 't']);
const NO = new Set(['false', 'no', 'n', 'f']);

/** Reads a truth value; of numbers, 0 is false. @throws ValueError */
export function toBoolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : value;
  if (YES.has(word as string)) return true;
  if (NO.has(word as string)) return false;
  try {
    return toNumber(word) > 0;
  } catch {
    throw new ValueError(value, 'true or false');
  }
}
