import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileNameOf, parseRow, type DatasetName, type Row } from '@marquee/datasets';

interface Lines {
  readonly bytes: number;
  readonly lines: readonly string[];
}

/** Files of a day, read on demand, and those of a later day. */
export class FileSet {
  // cached for further properties
  readonly #lines = new Map<DatasetName, Lines>();
  readonly #rows = new Map<DatasetName, readonly Row<DatasetName>[]>();

  constructor(
    readonly folder: string,
    readonly later: FileSet | null = null,
  ) {}

  /** Uncompressed size of a file without its header, in bytes. */
  bytes(dataset: DatasetName): number {
    return this.#linesOf(dataset).bytes;
  }

  /** Lines without the header. */
  lines(dataset: DatasetName): readonly string[] {
    return this.#linesOf(dataset).lines;
  }

  rows<D extends DatasetName>(dataset: D): readonly Row<D>[] {
    const rows =
      this.#rows.get(dataset) ?? this.lines(dataset).map((line) => parseRow(dataset, line));
    this.#rows.set(dataset, rows as readonly Row<DatasetName>[]);
    return rows as readonly Row<D>[];
  }

  #linesOf(dataset: DatasetName): Lines {
    const known = this.#lines.get(dataset);
    if (known !== undefined) return known;
    const raw = gunzipSync(readFileSync(join(this.folder, fileNameOf(dataset))));
    const body = raw.subarray(raw.indexOf('\n') + 1);
    const lines = { bytes: body.length, lines: body.toString('utf8').trimEnd().split('\n') };
    this.#lines.set(dataset, lines);
    return lines;
  }
}
