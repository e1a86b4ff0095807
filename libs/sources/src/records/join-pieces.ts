import type { SourceDefinition } from '../definition/definition.ts';
import type { Piece } from './piece.ts';

/**
 * The pieces of each record, by its id. A piece of another file than the first belongs to the one
 * record of its key. Without one it keeps its own id, or belongs to none.
 *
 * All pieces are in memory: for a trial. The extractor does the same in SQL, in temporary tables
 * that spill to disk, as a delivery may be larger than memory. Its test compares the two.
 *
 * @param pieces of all files, in any order
 * @returns also how many pieces belong to none
 */
export function joinPieces(
  { files }: SourceDefinition,
  pieces: readonly Piece[],
): { readonly records: ReadonlyMap<string, Piece[]>; readonly unjoined: number } {
  const byFile = Map.groupBy(pieces, ({ file }) => file);
  const first = byFile.get(0) ?? [];
  const records = new Map<string, Piece[]>();
  let unjoined = 0;
  const give = (id: string | null, piece: Piece) => {
    const others = id === null ? undefined : records.get(id);
    if (id === null) unjoined += 1;
    else if (others === undefined) records.set(id, [piece]);
    else others.push(piece);
  };
  for (const piece of first) give(piece.id, piece);
  for (const [number, { join }] of files.entries()) {
    if (number === 0) continue;
    const partners = Map.groupBy(first, ({ keys }) => keys[number - 1] ?? null);
    for (const [key, ofKey] of Map.groupBy(
      byFile.get(number) ?? [],
      ({ keys }) => keys[0] ?? null,
    )) {
      const ids = new Set(key === null ? [] : partners.get(key)?.map(({ id }) => id));
      const contents = new Set(ofKey.map(({ content }) => JSON.stringify(content)));
      const isClear = ids.size === 1 && (join?.many === true || contents.size === 1);
      const [partner = null] = isClear ? ids : [];
      for (const piece of ofKey) give(partner ?? piece.id, piece);
    }
  }
  return { records, unjoined };
}
