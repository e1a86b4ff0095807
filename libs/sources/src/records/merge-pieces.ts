import { createHash } from 'node:crypto';
import type { SourceRecord } from '@marquee/contract';
import type { SourceDefinition } from '../definition/definition.ts';
import { reject, type Reject } from '../rows/row.ts';
import { isEmpty } from '../transforms/compile-transforms.ts';
import type { Piece } from './piece.ts';
import { meansOf } from './rating-sums.ts';

/** A record of a source, and the rows that it was made from, by the names of files. */
export interface ExtractedRecord {
  readonly id: string;
  /** The line of its first row. */
  readonly line: number;
  readonly record: SourceRecord;
  readonly raw: Readonly<Record<string, unknown>>;
  /** SHA-256 of record and raw, whatever the order of columns. */
  readonly hash: Buffer;
  /** The files that it has rows of, by their numbers. */
  readonly files: readonly number[];
}

/** What becomes of the pieces of one id. */
export interface MergedPieces {
  readonly record: ExtractedRecord;
  readonly rejects: readonly (Reject & { readonly file: number })[];
  /** The rows that are equal to another one, by the numbers of their files. */
  readonly equal: readonly number[];
}

/**
 * Makes a record of the pieces of one id. Of a field that several files have, the first that is not
 * empty counts; lists are joined. Of rows of one file, the first counts: an equal one changes
 * nothing, and another one is a reject.
 *
 * @param pieces in any order, at least one
 */
export function mergePieces(
  { files }: SourceDefinition,
  id: string,
  pieces: readonly Piece[],
): MergedPieces {
  const record: SourceRecord = {};
  const raw: Record<string, unknown> = {};
  const rejects: MergedPieces['rejects'][number][] = [];
  const equal: number[] = [];
  const ordered = pieces.toSorted((a, b) => a.file - b.file || a.line - b.line);
  for (const [number, rows] of Map.groupBy(ordered, ({ file }) => file)) {
    const name = files[number]?.name ?? String(number);
    const sums = rows.flatMap(({ content }) => (content.sums === undefined ? [] : [content.sums]));
    if (sums.length > 0) {
      addFields(record, meansOf(sums));
      raw[name] = { rows: sums.reduce((total, { rows: count }) => total + count, 0) };
      continue;
    }
    const [first, ...others] = rows as [Piece, ...Piece[]];
    for (const { line, content } of others) {
      const text = JSON.stringify(content.raw);
      if (text === JSON.stringify(first.content.raw)) equal.push(number);
      else
        rejects.push({
          ...reject(line, text, `line ${first.line} has the same id, ${id}`),
          file: number,
        });
    }
    addFields(record, first.content.fields);
    raw[name] = first.content.raw;
  }
  const [{ line }] = ordered as [Piece, ...Piece[]];
  const hash = createHash('sha256')
    .update(JSON.stringify([record, raw]))
    .digest();
  const used = [...new Set(ordered.map(({ file }) => file))];
  return { record: { id, line, record, raw, hash, files: used }, rejects, equal };
}

function addFields(record: SourceRecord, more: SourceRecord): void {
  const target = record as Record<string, unknown>;
  for (const [field, value] of Object.entries(more)) {
    const known = target[field];
    if (isEmpty(known)) target[field] = value;
    else if (Array.isArray(known) && Array.isArray(value)) target[field] = joined(known, value);
    else if (field === 'ids') target[field] = { ...(value as object), ...known };
    else if (field === 'cRatings') target[field] = joinedParts(known as Parts, value as Parts);
  }
}

type Parts = Readonly<Record<string, readonly unknown[]>>;

function joinedParts(a: Parts, b: Parts): Parts {
  const parts = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(parts.map((part) => [part, [...(a[part] ?? []), ...(b[part] ?? [])]]));
}

function joined(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  return [...new Map([...a, ...b].map((value) => [JSON.stringify(value), value])).values()];
}
