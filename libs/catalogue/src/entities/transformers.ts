import type { ValueTransformer } from 'typeorm';

/**
 * PostgreSQL's bigint and numeric come as text, to lose nothing. Ours are sizes, counts and ratings,
 * which fit a number.
 */
export const NUMBER: ValueTransformer = {
  from: (value: string | null) => (value === null ? null : Number(value)),
  to: (value: unknown) => value,
};
