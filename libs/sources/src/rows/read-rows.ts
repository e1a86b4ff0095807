import type { Readable } from 'node:stream';
import type { FileDefinition } from '../definition/definition.ts';
import { decoded, unpacked } from './content.ts';
import { csvRows } from './csv-rows.ts';
import { jsonRows, ndjsonRows } from './json-rows.ts';
import type { LibraryPicture } from './nfo-pictures.ts';
import { nfoRows } from './nfo-rows.ts';
import type { Reject, Row } from './row.ts';

/**
 * The rows of a file as it came, in their order; rows that cannot be read are rejects. Memory does
 * not depend on the size of the file.
 *
 * @param required the columns that the file must have
 * @param pictures of a library: its pictures, whose content is stored
 * @throws DeliveryError when the file cannot be one of this definition, also while it is read
 */
export function readRows(
  file: FileDefinition,
  content: Readable,
  required: readonly string[],
  pictures: readonly LibraryPicture[] = [],
): AsyncGenerator<Row | Reject> {
  const bytes = unpacked(content);
  if (file.format === 'nfo') return nfoRows(bytes, pictures);
  const text = decoded(bytes, file.encoding);
  if (file.format === 'json') return jsonRows(text);
  return file.format === 'ndjson' ? ndjsonRows(text) : csvRows(text, file, required);
}
