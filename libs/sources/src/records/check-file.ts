import type { Readable } from 'node:stream';
import type { SourceDefinition } from '../definition/definition.ts';
import { isReject, type Reject } from '../rows/row.ts';
import { mergePieces, type ExtractedRecord } from './merge-pieces.ts';
import { piecesOf } from './pieces-of.ts';

/** What a file would give. */
export interface FileCheck {
  readonly rows: number;
  /** Number of movies that its rows tell of, with equal ones counted each. */
  readonly records: number;
  readonly rejects: number;
  /** How many records have a value that is not empty, by field. */
  readonly filled: Readonly<Record<string, number>>;
  readonly firstRecords: readonly ExtractedRecord[];
  readonly firstRejects: readonly Reject[];
}

/**
 * Reads a file as a delivery of a source, and keeps nothing of it. Files of the source are not
 * joined, so of any but the first, the records have its fields alone.
 *
 * @param file the name of the file in the definition
 * @param first how many records and rejects to return
 * @throws DeliveryError when it cannot be a delivery
 * @throws RangeError when the definition has no such file
 */
export async function checkFile(
  definition: SourceDefinition,
  file: string,
  content: Readable,
  first: number,
): Promise<FileCheck> {
  const number = definition.files.findIndex(({ name }) => name === file);
  const filled: Record<string, number> = {};
  const firstRecords: ExtractedRecord[] = [];
  const firstRejects: Reject[] = [];
  let [rows, records, rejects] = [0, 0, 0];
  for await (const piece of piecesOf(definition, number, content, () => (rows += 1))) {
    if (isReject(piece)) {
      rejects += 1;
      if (firstRejects.length < first) firstRejects.push(piece);
      continue;
    }
    records += 1;
    const id = piece.id ?? piece.keys[0] ?? '';
    const { record } = mergePieces(definition, id, [piece]);
    for (const [field, value] of Object.entries(record.record))
      if (isFilled(value)) filled[field] = (filled[field] ?? 0) + 1;
    if (firstRecords.length < first) firstRecords.push(record);
  }
  return { rows, records, rejects, filled, firstRecords, firstRejects };
}

function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' && value !== null
    ? Object.keys(value).length > 0
    : value !== null;
}
