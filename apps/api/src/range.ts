import { Between, LessThanOrEqual, MoreThanOrEqual, type FindOperator } from 'typeorm';

/** The condition that a column lies between two bounds, each of which may be open; none when both are. */
export function range<C extends string>(column: C, from: number | undefined, to: number | undefined): Partial<Record<C, FindOperator<number>>> {
  const condition = conditionOf(from, to);
  return (condition === null ? {} : { [column]: condition }) as Partial<Record<C, FindOperator<number>>>;
}

function conditionOf(from: number | undefined, to: number | undefined): FindOperator<number> | null {
  if (from !== undefined) return to === undefined ? MoreThanOrEqual(from) : Between(from, to);
  return to === undefined ? null : LessThanOrEqual(to);
}
