import type { SourceRecord, SourceRating } from '@marquee/contract';
import type { Fields, SourceDefinition, Value } from '../definition/definition.ts';
import { isEmpty, listOf, textOf } from '../transforms/compile-transforms.ts';
import { dateReader, toDate } from '../transforms/dates.ts';
import { toBoolean, toInteger, toMoney, toNumber } from '../transforms/numbers.ts';
import { ValueError } from '../transforms/value-error.ts';
import { compileValue, type ReadValue } from './compile-value.ts';

type Columns = Readonly<Record<string, unknown>>;
/** A field of a row as it is before the check of the record; undefined where it has none. */
type ReadField = (columns: Columns) => unknown;
type Scales = SourceDefinition['scales'];

const isoDate = [dateReader('yyyy-MM-dd')];
const words = (value: unknown) => textOf(value);
const lists = (value: unknown) => [...new Set(present(value).map(textOf))];

/** How fields with one value are read, where no transform has done it. */
const SCALARS = {
  title: words,
  originalTitle: words,
  type: words,
  certificate: words,
  overview: words,
  tagline: words,
  homepage: words,
  year: toInteger,
  endYear: toInteger,
  runtimeMinutes: toInteger,
  isAdult: toBoolean,
  watched: toBoolean,
  releaseDate: (value: unknown) => toDate(value, isoDate, 'yyyy-MM-dd'),
} as const;
const LISTS = ['genres', 'countries', 'languages'] as const;

/** Reads the fields of a row; the record is not checked yet. @throws ValueError naming the field */
export type ReadFields = (columns: Columns) => SourceRecord;

/** Compiles the fields of a file. */
export function compileFields(fields: Fields, scales: Scales): ReadFields {
  const readers = Object.entries(compileEach(fields, scales));
  return (columns) => {
    const record: Record<string, unknown> = {};
    for (const [field, read] of readers) {
      try {
        const value = read(columns);
        if (value !== undefined) record[field] = value;
      } catch (error) {
        if (error instanceof ValueError) error.message = `${field}: ${error.message}`;
        throw error;
      }
    }
    return record;
  };
}

function compileEach(fields: Fields, scales: Scales): Record<string, ReadField> {
  const readers: Record<string, ReadField> = {};
  for (const [field, toField] of Object.entries(SCALARS)) {
    const value = fields[field as keyof typeof SCALARS];
    if (value !== undefined) readers[field] = scalar(compileValue(value), toField);
  }
  for (const field of LISTS) {
    const value = fields[field];
    if (value !== undefined) readers[field] = scalar(compileValue(value), lists, []);
  }
  for (const field of ['budget', 'revenue'] as const) {
    const amount = fields[field];
    if (amount !== undefined) readers[field] = money(amount);
  }
  if (fields.ids !== undefined) readers['ids'] = ids(fields.ids);
  if (fields.names !== undefined)
    readers['names'] = entries(fields.names, ({ name, language, region }) => ({
      name: textOf(name),
      language: orNull(language),
      region: orNull(region),
    }));
  if (fields.people !== undefined)
    readers['people'] = entries(
      fields.people.map(({ role, ...parts }) => ({ ...parts, role: { constant: role } })),
      ({ name, role, imdb }) => ({ name: textOf(name), role, imdb: orNull(imdb) }),
    );
  if (fields.companies !== undefined)
    readers['companies'] = entries(fields.companies, ({ name, id }) => ({
      id: orNull(id),
      name: textOf(name),
    }));
  if (fields.ratings !== undefined) readers['ratings'] = ratings(fields.ratings, scales);
  if (fields.cRatings !== undefined) readers['cRatings'] = cRatings(fields.cRatings, scales);
  return readers;
}

function scalar(
  read: ReadValue,
  toField: (value: unknown) => unknown,
  empty: unknown = null,
): ReadField {
  return (columns) => {
    const value = read(columns);
    if (value === undefined) return undefined;
    return value === null ? empty : toField(value);
  };
}

function money({ amount, currency }: NonNullable<Fields['budget']>): ReadField {
  const readAmount = compileValue(amount);
  const readCurrency = typeof currency === 'string' ? () => currency : compileValue(currency);
  return (columns) => {
    const value = readAmount(columns);
    if (isEmpty(value)) return value;
    return { amount: toMoney(value), currency: orNull(readCurrency(columns)) };
  };
}

function ids(given: NonNullable<Fields['ids']>): ReadField {
  const readers = Object.entries(given).map(
    ([kind, value]) => [kind, compileValue(value)] as const,
  );
  return (columns) => {
    const found = readers.flatMap(([kind, read]) => {
      const value = read(columns);
      return isEmpty(value) ? [] : [[kind, textOf(value)]];
    });
    return Object.fromEntries(found) as Record<string, string>;
  };
}

/**
 * Entries of a list field. If parts of one are lists, there are as many entries as these have
 * elements; single parts are the same in all of them. Entries without a name are left out.
 */
function entries<K extends string>(
  given: readonly Readonly<Partial<Record<K, Value | undefined>>>[],
  toEntry: (parts: Readonly<Record<K | 'name', unknown>>) => unknown,
): ReadField {
  const readers = given.map((parts) =>
    Object.entries<Value | undefined>(parts).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, compileValue(value)] as const],
    ),
  );
  return (columns) => {
    const found: unknown[] = [];
    let isThere = false;
    for (const parts of readers) {
      const values = parts.map(([key, read]) => [key, read(columns)] as const);
      if (values.find(([key]) => key === 'name')?.[1] === undefined) continue;
      isThere = true;
      for (const entry of sideBySide(values))
        if (!isEmpty(entry['name'])) found.push(toEntry(entry as Record<K | 'name', unknown>));
    }
    return isThere ? unique(found) : undefined;
  };
}

function sideBySide(values: readonly (readonly [string, unknown])[]): Record<string, unknown>[] {
  const lengths = new Set(
    values.flatMap(([, value]) => (Array.isArray(value) ? [value.length] : [])),
  );
  if (lengths.size > 1)
    throw new ValueError([...lengths], 'lists of one length, whose elements belong together');
  const [length = 1] = lengths;
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(
      values.map(([key, value]) => [key, Array.isArray(value) ? (value[i] as unknown) : value]),
    ),
  );
}

function ratings(given: NonNullable<Fields['ratings']>, scales: Scales): ReadField {
  const readers = given.map(({ name, scale, value, votes }) => ({
    scale: scaleOf(scales, scale ?? (name as string)),
    read: entries(
      [{ name: value, of: typeof name === 'string' ? { constant: name } : name, votes }],
      (parts) => parts,
    ),
  }));
  return (columns) => {
    const read = readers.map(({ scale, read: rowsOf }) => ({
      scale,
      rows: rowsOf(columns) as readonly RatingParts[] | undefined,
    }));
    if (read.every(({ rows }) => rows === undefined)) return undefined;
    return read.flatMap(({ scale: { min, max, kind }, rows = [] }) =>
      rows.flatMap(({ name: value, of, votes: given }): SourceRating[] => {
        const votes = isEmpty(given) ? null : toInteger(given);
        if (votes === 0 || isEmpty(of)) return [];
        const scale = { min, max };
        return [{ name: textOf(of), value: within(value, min, max), scale, votes, kind }];
      }),
    );
  };
}

/** Parts of a rating. Its value is the name of the entry, which decides whether the row has it. */
interface RatingParts {
  readonly name: unknown;
  readonly of: unknown;
  readonly votes?: unknown;
}

function cRatings(given: NonNullable<Fields['cRatings']>, scales: Scales): ReadField {
  const readers = Object.entries(given).map(([part, { scale, value, votes }]) => ({
    part,
    scale: scaleOf(scales, scale),
    value: compileValue(value),
    votes: votes === undefined ? () => null : compileValue(votes),
  }));
  return (columns) =>
    Object.fromEntries(
      readers.flatMap(({ part, scale: { min, max }, value, votes }) => {
        const found = value(columns);
        const count = votes(columns);
        const voices = isEmpty(count) ? 1 : toInteger(count);
        return isEmpty(found) || voices === 0
          ? []
          : [[part, [{ value: within(found, min, max), scale: { min, max }, votes: voices }]]];
      }),
    );
}

function scaleOf(scales: Scales, name: string): Scales[string] {
  const scale = scales[name];
  if (scale === undefined) throw new Error(`The definition has no scale ${name}.`);
  return scale;
}

function within(value: unknown, min: number, max: number): number {
  const number = toNumber(value);
  if (number < min || number > max) throw new ValueError(value, `a number from ${min} to ${max}`);
  return number;
}

function present(value: unknown): unknown[] {
  return listOf(value).filter((each) => !isEmpty(each));
}

function orNull(value: unknown): string | null {
  return isEmpty(value) ? null : textOf(value);
}

function unique(values: readonly unknown[]): unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
