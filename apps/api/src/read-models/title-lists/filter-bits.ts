import type { TitleFilters } from '@marquee/contract';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import { markedValues, type Bits, type MarkedValue } from './title-filters.ts';

const BITS: Statement = {
  name: 'bits',
  text: `select case kind when 'tag' then search.tag_bit(value) when 'genre' then search.genre_bit(value) when 'region' then search.region_bit(value) else search.language_bit(value) end::text as bit
    from unnest($1::text[], $2::text[]) with ordinality as asked (kind, value, place) order by place`,
};

/** The functions are immutable: a value has the same bit for ever. */
const known = new Map<string, bigint>();
/** Whoever asks for all that there is not shall not fill the memory. */
const MOST_KNOWN = 10_000;

/**
 * The bits of the values that a request asks for, as the loader gives them out: so both always mean
 * the same.
 */
export async function readBits(database: Reads, filters: TitleFilters): Promise<Bits> {
  const values = markedValues(filters);
  const bits = new Map(values.map((value) => [keyOf(value), known.get(keyOf(value))]));
  const asked = values.filter((value) => bits.get(keyOf(value)) === undefined);
  if (asked.length > 0) {
    const rows = await database.readPrepared<{ bit: string }>(BITS, [
      asked.map(({ kind }) => kind),
      asked.map(({ value }) => value),
    ]);
    if (known.size >= MOST_KNOWN) known.clear();
    asked.forEach((value, i) => {
      const bit = BigInt(rows[i]?.bit ?? 0);
      bits.set(keyOf(value), bit);
      known.set(keyOf(value), bit);
    });
  }
  return (kind, some) =>
    some.reduce((all, value) => all | (bits.get(keyOf({ kind, value })) ?? 0n), 0n);
}

function keyOf({ kind, value }: MarkedValue): string {
  return `${kind} ${value}`;
}
