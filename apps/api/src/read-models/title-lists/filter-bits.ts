import type { TitleFilters } from '@marquee/contract';
import { bitFunction, TITLE_BITS, type BitGroup } from '@marquee/search';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import { bitValuesOf, type BitsOf, type BitValue } from './conditions.ts';

const READ_BITS: Statement = {
  name: 'bits',
  text: `
    select case asked.kind ${(Object.keys(TITLE_BITS) as BitGroup[]).map((group) => `when '${group}' then ${bitFunction(group)}(asked.value)`).join(' ')} end::text as bit
    from unnest($1::text[], $2::text[]) with ordinality as asked (kind, value, number)
    order by number`,
};

/** The bits by group and value. The SQL functions are immutable: an entry never goes stale. */
const cache = new Map<string, bigint>();
/** A client that asks for values that nothing has must not fill the memory. */
const MAX_CACHED = 10_000;

/** The bits of the values of a request, by the SQL functions that the loader has made. */
export async function readBits(database: Reads, filters: TitleFilters): Promise<BitsOf> {
  const values = bitValuesOf(filters);
  const bits = new Map(values.map((value) => [keyOf(value), cache.get(keyOf(value))]));
  const missing = values.filter((value) => bits.get(keyOf(value)) === undefined);
  if (missing.length > 0) {
    const rows = await database.readPrepared<{ bit: string }>(READ_BITS, [
      missing.map(({ group }) => group),
      missing.map(({ value }) => value),
    ]);
    if (cache.size >= MAX_CACHED) cache.clear();
    missing.forEach((value, i) => {
      const bit = BigInt(rows[i]?.bit ?? 0);
      bits.set(keyOf(value), bit);
      cache.set(keyOf(value), bit);
    });
  }
  return (group, some) =>
    some.reduce((all, value) => all | (bits.get(keyOf({ group, value })) ?? 0n), 0n);
}

function keyOf({ group, value }: BitValue): string {
  return `${group} ${value}`;
}
