import type { Readable } from 'node:stream';
import {
  isReject,
  joinPieces,
  mergePieces,
  picturesOf,
  piecesOf,
  type Piece,
  type SourceDefinition,
} from '@marquee/sources';

/** What a thread holds in memory: at 2 KB each, 200 MB. */
export const MAX_PIECES = 100_000;

/** The records of files. */
export interface ReadRecords {
  /** The hash of each record in hexadecimal, by its id. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly rejects: number;
}

/** A trial reads no more rows than it can hold in memory. */
export class TooManyRowsError extends Error {
  override readonly name = 'TooManyRowsError';
  readonly code = 'trial-too-large';
  readonly hint =
    'Check a part of the file with POST /sources/{id}/check, and send the definition without dryRun.';
}

/** Reads the files of a source into memory, and joins them. */
export class RecordsOfFiles {
  readonly #definition: SourceDefinition;
  readonly #pieces: Piece[] = [];
  #rejects = 0;

  constructor(definition: SourceDefinition) {
    this.#definition = definition;
  }

  /**
   * Reads a file.
   *
   * @param library the same content, to find the pictures of a library before its records; else null
   * @throws DeliveryError, TooManyRowsError
   */
  async add(name: string, content: Readable, library: Readable | null): Promise<void> {
    const number = this.#definition.files.findIndex((file) => file.name === name);
    const pictures = library === null ? [] : await picturesOf(library);
    let rows = 0;
    const onRow = () => (rows += 1);
    for await (const piece of piecesOf(this.#definition, number, content, onRow, pictures)) {
      if (isReject(piece)) this.#rejects += 1;
      else this.#pieces.push(piece);
      if (rows > MAX_PIECES || this.#pieces.length > MAX_PIECES)
        throw new TooManyRowsError(
          `The deliveries have more than ${MAX_PIECES} rows, too many for a trial.`,
        );
    }
  }

  /** The records of the files that were added. */
  join(): ReadRecords {
    const { records, unjoined } = joinPieces(this.#definition, this.#pieces);
    const hashes = new Map<string, string>();
    let rejects = this.#rejects + unjoined;
    for (const [id, pieces] of records) {
      const merged = mergePieces(this.#definition, id, pieces);
      hashes.set(id, merged.record.hash.toString('hex'));
      rejects += merged.rejects.length;
    }
    return { hashes, rejects };
  }
}
