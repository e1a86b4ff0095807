import { hash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import {
  MAX_PICTURE_BYTES,
  type Picture,
  type PictureFormat,
  type PictureKind,
  type PictureRemoval,
  type PictureWidth,
} from '@marquee/contract';
import { StoreError, type FileStore } from '@marquee/snapshots';
import type { DataSource, EntityManager } from 'typeorm';
import type { Database } from '../../database/database.ts';
import { WAIT_FOR_SERVICES } from '../../database/lock-wait.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { readPictures } from '../../read-models/pictures/pictures.ts';
import { inspectImage, resizeImage } from './image.ts';

interface Size {
  readonly width: PictureWidth;
  readonly format: PictureFormat;
}

/** Pictures of movies and people: their files in the store, and what they are of in the database. */
export class PictureStore {
  readonly #database: Database;
  readonly #dataSource: DataSource;
  readonly #files: FileStore;
  /** One picture is decoded at a time: each takes up to 160 MB. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: Database, dataSource: DataSource, files: FileStore) {
    this.#database = database;
    this.#dataSource = dataSource;
    this.#files = files;
  }

  /**
   * Keeps a picture of a movie or person. The same one again changes nothing.
   *
   * @throws ProblemException 400, 413, 415 for what is no picture, or too large
   */
  async add(entity: string, kind: PictureKind, body: Readable, by: string): Promise<Picture> {
    const content = await readLimited(body);
    const { mediaType, width, height } = await this.#inTurn(async () => inspectImage(content));
    const sha256 = hash('sha256', content);
    const bytes = content.length;
    await this.#dataSource.transaction(async (manager) => {
      await lockFile(manager, sha256);
      await this.#files.put(Readable.from([content]));
      await manager.query(
        `insert into movies.picture (entity, kind, sha256, media_type, width, height, bytes, added_by)
         values ($1::text, $2::text, decode($3::text, 'hex'), $4::text, $5::int, $6::int, $7::int8, $8::text)
         on conflict (entity, kind, sha256) do nothing`,
        [entity, kind, sha256, mediaType, width, height, bytes, by],
      );
    });
    const pictures = await readPictures(this.#database, entity);
    const added = pictures.find((picture) => picture.sha256 === sha256 && picture.kind === kind);
    if (added !== undefined) return added;
    // beyond the pictures that are listed
    const facts = {
      kind,
      sha256,
      mediaType,
      width,
      height,
      bytes,
      source: null,
      attribution: null,
    };
    return { ...facts, addedAt: new Date().toISOString(), addedBy: by };
  }

  /**
   * Removes uploads of a movie or person, and the files that nothing else needs.
   *
   * @returns how many were removed
   */
  async remove(
    entities: readonly string[],
    { kind = null, sha256 = null }: { [K in keyof PictureRemoval]: PictureRemoval[K] | null },
  ): Promise<number> {
    const [removed] = await this.#dataSource.query<[{ sha256: string }[], number]>(
      `delete from movies.picture
       where entity = any ($1::text[]) and ($2::text is null or kind = $2::text)
         and ($3::text is null or sha256 = decode($3::text, 'hex'))
       returning encode(sha256, 'hex') as sha256`,
      [entities, kind, sha256],
    );
    for (const one of new Set(removed.map((row) => row.sha256)))
      await this.#dataSource.transaction(async (manager) => this.#removeFiles(manager, one));
    return removed.length;
  }

  /**
   * A picture in a size and format. It is made once, and kept in the store.
   *
   * @throws ProblemException 404
   */
  async open(sha256: string, size: Size): Promise<{ content: Readable; bytes: number }> {
    const made = (await this.#findSize(sha256, size)) ?? (await this.#makeSize(sha256, size));
    try {
      return { content: await this.#files.open(made.sha256), bytes: made.bytes };
    } catch (error) {
      // somebody has cleared the store
      if (!isMissing(error)) throw error;
      const again = await this.#makeSize(sha256, size);
      return { content: await this.#files.open(again.sha256), bytes: again.bytes };
    }
  }

  async #findSize(sha256: string, { width, format }: Size) {
    const [found] = await this.#database.read<{ sha256: string; bytes: number }>(
      {
        name: 'picture size',
        text: `select encode(made, 'hex') as sha256, bytes from movies.picture_size
          where sha256 = decode($1::text, 'hex') and width = $2::text and format = $3::text`,
      },
      [sha256, width, format],
    );
    return found ?? null;
  }

  /** @throws ProblemException 404 */
  async #makeSize(sha256: string, { width, format }: Size) {
    const original = await this.#files.open(sha256).catch((error: unknown) => {
      throw isMissing(error) ? noPicture(sha256) : error;
    });
    const content = await buffer(original);
    const smaller = await this.#inTurn(async () => {
      await inspectImage(content);
      return resizeImage(content, width, format);
    });
    const made = { sha256: hash('sha256', smaller), bytes: smaller.length };
    await this.#dataSource.transaction(async (manager) => {
      // it may be removed by now, and its sizes with it
      await lockFile(manager, sha256);
      if ((await this.#files.sizeOf(sha256)) === null) throw noPicture(sha256);
      await lockFile(manager, made.sha256);
      await this.#files.put(Readable.from([smaller]));
      await manager.query(
        `insert into movies.picture_size (sha256, width, format, made, bytes)
         values (decode($1::text, 'hex'), $2::text, $3::text, decode($4::text, 'hex'), $5::int8)
         on conflict (sha256, width, format) do update set made = excluded.made, bytes = excluded.bytes`,
        [sha256, width, format, made.sha256, made.bytes],
      );
    });
    return made;
  }

  /** Removes a picture and its sizes, unless another movie or a record has it. */
  async #removeFiles(manager: EntityManager, sha256: string): Promise<void> {
    await this.#removeUnused(manager, sha256);
    const [sizes] = await manager.query<[{ made: string }[], number]>(
      `delete from movies.picture_size as size
       where size.sha256 = decode($1::text, 'hex')
         and not exists (select from movies.picture as other where other.sha256 = size.sha256)
       returning encode(made, 'hex') as made`,
      [sha256],
    );
    for (const { made } of sizes) await this.#removeUnused(manager, made);
  }

  /** Removes a file that is no picture any more. A size of one may be an upload of its own. */
  async #removeUnused(manager: EntityManager, sha256: string): Promise<void> {
    await lockFile(manager, sha256);
    // only libraries of .nfo files deliver pictures, and these have some thousand records
    const [{ is_used: isUsed }] = await manager.query<[{ is_used: boolean }]>(
      `select exists (select from movies.picture where sha256 = decode($1::text, 'hex'))
         or exists (
           select from sources.source as source join sources.record as record on record.source = source.id
           where source.definition -> 'files' @> '[{"format": "nfo"}]' and strpos(record.raw::text, $1::text) > 0
         ) as is_used`,
      [sha256],
    );
    if (!isUsed) await this.#files.remove(sha256);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * Until the end of the transaction, nobody else adds or removes a file: its row and its content come
 * and go together, also by other API processes.
 */
async function lockFile(manager: EntityManager, sha256: string): Promise<void> {
  await manager.query(WAIT_FOR_SERVICES);
  await manager.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [
    `picture ${sha256}`,
  ]);
}

/** A body of limited size. @throws ProblemException 400 without any, 413 */
async function readLimited(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_PICTURE_BYTES)
      throw new ProblemException({
        status: 413,
        code: 'too-large',
        detail: `The picture has more than ${MAX_PICTURE_BYTES / 2 ** 20} MiB.`,
        hint: 'Send it smaller: what is shown is at most 780 pixels wide.',
      });
    chunks.push(chunk);
  }
  if (bytes === 0)
    throw new ProblemException({
      status: 400,
      code: 'bad-input',
      detail: 'The request has no body; expected a picture.',
      hint: 'Send the file as it is, as curl does with --data-binary @FILE.',
    });
  return Buffer.concat(chunks, bytes);
}

function isMissing(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'not-found';
}

function noPicture(sha256: string): ProblemException {
  return new ProblemException({
    status: 404,
    code: 'not-found',
    detail: `There is no picture with the SHA-256 ${sha256}.`,
    hint: 'GET /movies/{id}/pictures and /names/{nconst}/pictures list them.',
  });
}
