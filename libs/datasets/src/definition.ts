/**
 * What a value in a dataset file is, and so what it becomes in PostgreSQL and in JSON.
 *
 * - `titleId`, `nameId`: IMDb's text ids, `tt` or `nm` and digits
 * - `text`: any UTF-8 without NUL, taken as it is
 * - `integer`: a whole number that fits 32 bits
 * - `decimal`: a rating, up to two digits and one decimal
 * - `boolean`: `0` or `1`
 * - `…List`: several values in one field; see {@link ListFormat}
 */
export type ColumnType =
  | 'titleId'
  | 'nameId'
  | 'text'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'textList'
  | 'titleIdList'
  | 'nameIdList';

/**
 * How IMDb writes several values into one field: split by a comma, split by byte 0x02, or a JSON
 * array of strings.
 */
export type ListFormat = 'comma' | '0x02' | 'json';

/** One column of a dataset: in the file, in SQL and in JSON. */
export interface Column {
  /** IMDb's name: the file's header and the JSON field. */
  readonly name: string;
  /** The SQL column, in snake_case. */
  readonly sql: string;
  readonly type: ColumnType;
  /** Only for list types. */
  readonly list?: ListFormat;
  /** What it holds, for the table's comment, the API document and the docs. */
  readonly comment: string;
  /** A value as JSON has it. Made up; never a row of IMDb's. */
  readonly example: string | number | boolean | readonly string[];
}

/**
 * A column whose values name rows of another dataset. Not enforced: the files have holes, which are
 * counted.
 */
export interface Reference {
  readonly column: string;
  readonly to: 'title.basics' | 'name.basics';
}

/** One of IMDb's seven datasets: its file, its table and how its rows are told apart. */
export interface DatasetDefinition {
  /** The table in schema `imdb`. */
  readonly table: string;
  readonly comment: string;
  /** Columns in the file's order. */
  readonly columns: readonly Column[];
  /**
   * Names (as in the file) of the key's columns: an id, or an id and an integer. Files come in some
   * order of it, or in none.
   */
  readonly key: readonly [string] | readonly [string, string];
  /** Further indexes: lists of SQL columns. */
  readonly indexes: readonly (readonly string[])[];
  readonly references: readonly Reference[];
  /**
   * Rows of the official file of 15 August 2026: a share of the whole, for showing progress and for
   * what to do first.
   */
  readonly usualRows: number;
}
