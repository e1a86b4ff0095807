import type { Readable } from 'node:stream';
import type { SourceChange } from '@marquee/contract';
import { StoreError, type FileStore } from '@marquee/snapshots';
import type { SourceDefinition } from '@marquee/sources';
import type { Database } from '../../database/database.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import type { FileReader, NamedFile } from './file-reader.ts';
import type { ReadingFault } from './file-reader-thread.ts';
import { MAX_PIECES, type ReadRecords } from './records-of-files.ts';

type Effect = NonNullable<SourceChange['effect']>;

/** Finds out what a definition would change, from the deliveries that the source has. */
export class DefinitionTrial {
  readonly #database: Database;
  readonly #store: FileStore;
  readonly #reader: FileReader;

  constructor(database: Database, store: FileStore, reader: FileReader) {
    this.#database = database;
    this.#store = store;
    this.#reader = reader;
  }

  /**
   * Reads the newest deliveries by a definition, and compares the records with those that there are.
   *
   * @throws ProblemException 422 for deliveries that it cannot read, and for too many rows; 503
   */
  async effectOf(definition: SourceDefinition, signal: AbortSignal): Promise<Effect> {
    const { hashes, rejects } = await this.#read(definition, signal);
    const before = await this.#hashes(definition.id);
    const effect = { added: 0, changed: 0, removed: 0 };
    const touched: string[] = [];
    for (const [id, hash] of hashes) {
      const former = before.get(id);
      before.delete(id);
      if (former === undefined) effect.added += 1;
      else if (former !== hash) {
        effect.changed += 1;
        touched.push(id);
      }
    }
    effect.removed = before.size;
    return {
      ...effect,
      records: hashes.size,
      rejects,
      movies: effect.added + (await this.#movies(definition.id, [...touched, ...before.keys()])),
    };
  }

  async #read(definition: SourceDefinition, signal: AbortSignal): Promise<ReadRecords> {
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
    const files: NamedFile[] = [];
    for (const { name, format } of definition.files) {
      const delivery = newest.find(({ file }) => file === name);
      if (delivery === undefined) continue;
      const open = async () => this.#open(name, delivery.sha256);
      files.push({ name, content: await open(), library: format === 'nfo' ? await open() : null });
    }
    const read = await this.#reader.trial(definition, files, signal);
    if ('fault' in read) throw unreadable(read.fault);
    return read.result;
  }

  async #open(file: string, sha256: string): Promise<Readable> {
    try {
      return await this.#store.open(sha256);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const { code, message, hint } = error;
      throw unreadable({ file, code, message, hint });
    }
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

function unreadable({ file, code, message: detail, hint }: ReadingFault): ProblemException {
  return new ProblemException({
    status: 422,
    code,
    detail:
      code === 'trial-too-large'
        ? detail
        : `The last delivery of the file ${file} cannot be read by this definition: ${detail}`,
    hint,
  });
}
