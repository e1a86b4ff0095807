/** The parameters of one statement. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** Adds a value. @param type of PostgreSQL, such as `int4` @returns its placeholder: `$1::int4` */
  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** Renders a part of a statement, and adds its parameters. */
export type SqlPart = (parameters: SqlParameters) => string;
