import { constants, gunzipSync } from 'node:zlib';
import type { SourceDefinition } from '../definition/definition.ts';
import { pieceReader } from './piece-reader.ts';

/** Bytes at the beginning of a file that are enough for a header line, whatever its columns. */
export const HEAD_BYTES = 64 * 1024;

/**
 * Whether a file begins with all columns that one of a definition must have: in its first line, or
 * as the keys of an object.
 *
 * @param number which of the files of the definition
 * @param head the first {@link HEAD_BYTES} of the file, as they are: gzip too
 */
export function fitsContent(definition: SourceDefinition, number: number, head: Buffer): boolean {
  const { file, required } = pieceReader(definition, number);
  const text = new TextDecoder(file.encoding).decode(unpackedHead(head));
  const [line = ''] = text.split(/[\r\n]/u, 1);
  const delimiter = file.delimiter ?? (file.format === 'tsv' ? '\t' : ',');
  const columns = new Set(
    line.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/u, '$1')),
  );
  const isTable = file.format === 'csv' || file.format === 'tsv';
  return (
    required.length > 0 &&
    required.every((column) =>
      isTable ? columns.has(column) : text.includes(JSON.stringify(column.split('.')[0])),
    )
  );
}

function unpackedHead(head: Buffer): Buffer {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return head;
  try {
    // it is incomplete, which is no fault of a beginning
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return head;
  }
}
