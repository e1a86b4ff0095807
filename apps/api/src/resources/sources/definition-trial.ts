import type { SourceChange } from '@marquee/contract';
import { StoreError, type FileStore } from '@marquee/snapshots';
import {
  DeliveryError,
  isReject,
  joinPieces,
  mergePieces,
  picturesOf,
  piecesOf,
  type Piece,
  type SourceDefinition,
} from '@marquee/sources';
import type { Database } from '../../database/database.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** What one API process holds in memory: at 2 KB each, 200 MB. */
const MAX_PIECES = 100_000;

type Effect = NonNullable<SourceChange['effect']>;

/** Finds out what a definition would change, from the deliveries that the source has. */
export class DefinitionTrial {
  readonly #database: Database;
  readonly #store: FileStore;

  constructor(database: Database, store: FileStore) {
    this.#database = database;
    this.#store = store;
  }

  /**
   * Reads the newest deliveries by a definition, and compares the records with those that there are.
   *
   * @throws ProblemException 422 for deliveries that it cannot read, and for too many rows
   */
  async effectOf(definition: SourceDefinition): Promise<Effect> {
    const { pieces, rejects } = await this.#read(definition);
    const { records, unjoined } = joinPieces(definition, pieces);
    const before = await this.#hashes(definition.id);
    const effect = { added: 0, changed: 0, removed: 0, rejects: rejects + unjoined };
    const touched: string[] = [];
    for (const [id, ofRecord] of records) {
      const merged = mergePieces(definition, id, ofRecord);
      const hash = before.get(id);
      before.delete(id);
      effect.rejects += merged.rejects.length;
      if (hash === undefined) effect.added += 1;
      else if (merged.record.hash.toString('hex') !== hash) {
        effect.changed += 1;
        touched.push(id);
      }
    }
    effect.removed = before.size;
    return {
      ...effect,
      records: records.size,
      movies: effect.added + (await this.#movies(definition.id, [...touched, ...before.keys()])),
    };
  }

  async #read(definition: SourceDefinition): Promise<{ pieces: Piece[]; rejects: number }> {
    const newest = await this.#database.read<{ file: string; sha256: string }>(
      {
        name: 'newest deliveries',
        text: `
          select distinct on (file) file, encode(sha256, 'hex') as sha256
          from sources.delivery
          where source = $1::text and state in ('received', 'taken')
          order by file, id desc`,
      },
      [definition.id],
    );
    const pieces: Piece[] = [];
    let rejects = 0;
    for (const [number, { name, format }] of definition.files.entries()) {
      const delivery = newest.find(({ file }) => file === name);
      if (delivery === undefined) continue;
      try {
        const open = async () => this.#store.open(delivery.sha256);
        const pictures = format === 'nfo' ? await picturesOf(await open()) : [];
        const content = await open();
        for await (const piece of piecesOf(
          definition,
          number,
          content,
          () => undefined,
          pictures,
        )) {
          if (isReject(piece)) rejects += 1;
          else if (pieces.push(piece) > MAX_PIECES) throw tooLarge();
        }
      } catch (error) {
        throw explain(error, name);
      }
    }
    return { pieces, rejects };
  }

  async #hashes(source: string): Promise<Map<string, string>> {
    const rows = await this.#database.read<{ id: string; hash: string }>(
      {
        name: 'hashes of records',
        text: `select id, encode(hash, 'hex') as hash from sources.record where source = $1::text limit ${2 * MAX_PIECES}`,
      },
      [source],
    );
    return new Map(rows.map(({ id, hash }) => [id, hash]));
  }

  async #movies(source: string, records: readonly string[]): Promise<number> {
    const [counted] = await this.#database.read<{ movies: number }>(
      {
        name: 'movies of records',
        text: 'select count(distinct movie) as movies from sources.match where source = $1::text and record_id = any ($2::text[])',
      },
      [source, records],
    );
    return counted?.movies ?? 0;
  }
}

function explain(error: unknown, file: string): unknown {
  const isKnown = error instanceof DeliveryError || error instanceof StoreError;
  if (!isKnown) return error;
  return new ProblemException({
    status: 422,
    code: error.code,
    detail: `The last delivery of the file ${file} cannot be read by this definition: ${error.message}`,
    hint: error.hint,
  });
}

function tooLarge(): ProblemException {
  return new ProblemException({
    status: 422,
    code: 'trial-too-large',
    detail: `The deliveries have more than ${MAX_PIECES} rows, too many for a trial.`,
    hint: 'Check a part of the file with POST /sources/{id}/check, and send the definition without dryRun.',
  });
}
