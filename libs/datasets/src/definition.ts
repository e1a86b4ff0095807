/**
 * The type of a value in a dataset file, which determines its type in PostgreSQL and in JSON.
 *
 * - `titleId`, `nameId`: IMDb's text ids, `tt` or `nm` and digits
 * - `text`: any UTF-8 without NUL, unchanged
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
 * How IMDb writes several values into one field: separated by commas, separated by byte 0x02, or as
 * a JSON array of strings.
 */
export type ListFormat = 'comma' | '0x02' | 'json';

/** One column of a dataset: in the file, in SQL and in JSON. */
export interface Column {
  /** IMDb's name: the file's header and the JSON field. */
  readonly name: string;
  /** The SQL column, in snake_case. */
  readonly sql: string;
  readonly type: ColumnType;
  /** For list types only. */
  readonly list?: ListFormat;
  /** The description for the table's comment, the API document and the docs. */
  readonly comment: string;
  /** An example value in JSON. Made up; never from a row of IMDb's. */
  readonly example: string | number | boolean | readonly string[];
}

/**
 * A column whose values refer to rows of another dataset. Not enforced: the files lack some rows,
 * and such references are counted.
 */
export interface Reference {
  readonly column: string;
  readonly to: 'title.basics' | 'name.basics';
}

/** One of IMDb's seven datasets: its file, its table and its key. */
export interface DatasetDefinition {
  /** The table in schema `imdb`. */
  readonly table: string;
  readonly comment: string;
  /** Columns in the file's order. */
  readonly columns: readonly Column[];
  /**
   * The names (as in the file) of the key's columns: an id, or an id and an integer. A file may be
   * sorted by the key in some order, or not at all.
   */
  readonly key: readonly [string] | readonly [string, string];
  /** Further indexes: lists of SQL columns. */
  readonly indexes: readonly (readonly string[])[];
  readonly references: readonly Reference[];
  /**
   * Rows in the official file of 15 August 2026: used for progress, and to start with the largest.
   */
  readonly usualRows: number;
}
