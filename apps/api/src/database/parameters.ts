/** The parameters of one statement: their values, and what stands for each in its text. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Adds a value. @param type of PostgreSQL's: `int4` @returns `$1::int4` */
  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** A part of a statement, which adds the parameters that it has. */
export type Sql = (parameters: Parameters) => string;
