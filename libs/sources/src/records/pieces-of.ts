import type { Readable } from 'node:stream';
import type { SourceDefinition } from '../definition/definition.ts';
import type { LibraryPicture } from '../rows/nfo-pictures.ts';
import { readRows } from '../rows/read-rows.ts';
import { isReject, reject, type Reject } from '../rows/row.ts';
import { pieceReader } from './piece-reader.ts';
import type { Piece } from './piece.ts';
import { RatingCollector } from './rating-sums.ts';

/** Called with each row that was read, whether it is taken or not. */
export type OnRow = () => void;

/**
 * What the rows of a file tell, in no particular order; rows that cannot be taken are rejects.
 * Memory does not depend on the size of the file.
 *
 * @param number which of the files of the definition it is
 * @param pictures of a library: its pictures, whose content is stored
 * @throws DeliveryError when the file cannot be one of this definition, also while it is read
 */
export async function* piecesOf(
  definition: SourceDefinition,
  number: number,
  content: Readable,
  onRow: OnRow,
  pictures: readonly LibraryPicture[] = [],
): AsyncGenerator<Piece | Reject> {
  const { file, required, read } = pieceReader(definition, number);
  const collector = file.join?.many === true ? new RatingCollector() : null;
  for await (const row of readRows(file, content, required, pictures)) {
    onRow();
    const piece = isReject(row) ? row : read(row);
    if (collector === null || isReject(piece)) yield piece;
    else if (piece.keys[0] === null)
      yield reject(piece.line, JSON.stringify(piece.content.raw), 'what it is joined by is empty');
    else yield* collector.add(piece);
  }
  if (collector !== null) yield* collector.end();
}
