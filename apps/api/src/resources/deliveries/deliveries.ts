import type { Readable } from 'node:stream';
import { recordDelivery, type StoredDelivery } from '@marquee/catalogue';
import type { CheckQuery, Delivery, DeliverQuery, FileCheck, TakeQuery } from '@marquee/contract';
import { StoreError, type FileStore } from '@marquee/snapshots';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { Database } from '../../database/database.ts';
import { nameOfCaller } from '../../http/auth/caller.ts';
import { abortWith } from '../../http/formats/formats.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { readDelivery } from '../sources/delivery-list.ts';
import { readDefinition } from '../sources/source-reader.ts';
import type { FileReader } from '../sources/file-reader.ts';
import type { Wakes } from '../sources/wakes.ts';
import { checkFile } from './check-file.ts';
import { takeDelivery, withdrawDelivery } from './delivery-store.ts';
import { explain, identifyFile, incomingFile, keepFile, storeFile } from './receive-file.ts';

/** What deliveries are made of. */
export interface DeliveryParts {
  readonly database: Database;
  readonly dataSource: DataSource;
  readonly store: FileStore;
  readonly wakes: Wakes;
  readonly reader: FileReader;
  /** The largest file. */
  readonly maxBytes: number;
}

/** A delivery, and whether it is a new one. */
interface ReceivedDelivery {
  readonly delivery: Delivery;
  readonly isNew: boolean;
}

/** Takes files for sources, and takes them back. */
export class Deliveries {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /**
   * Keeps a file as it comes, and has the extractor read it.
   *
   * @throws ProblemException 400, 404, 409, 413, 415
   */
  async receive(
    request: FastifyRequest,
    reply: FastifyReply,
    source: string,
    query: DeliverQuery,
  ): Promise<ReceivedDelivery> {
    const { database, store, maxBytes } = this.#parts;
    const definition = await readDefinition(database, source);
    const incoming = await incomingFile(request, reply, definition, query, maxBytes);
    const stored = await keepFile(request, reply, store, incoming.content, maxBytes);
    return this.#record(source, { ...incoming, ...stored }, query, nameOfCaller(request));
  }

  /**
   * {@link Deliveries.receive}, of a file whose bytes come otherwise than as a body.
   *
   * @param stream fails if its sender goes away: nothing is kept then
   * @throws ProblemException 400, 404, 409, 413
   */
  async receiveStream(
    stream: Readable,
    source: string,
    query: DeliverQuery,
    receivedBy: string,
  ): Promise<ReceivedDelivery> {
    const { database, store, maxBytes } = this.#parts;
    const definition = await readDefinition(database, source);
    const incoming = await identifyFile(stream, definition, query);
    const stored = await storeFile(store, incoming.content, maxBytes);
    return this.#record(source, { ...incoming, ...stored }, query, receivedBy);
  }

  async #record(
    source: string,
    { file, name, sha256, bytes }: Pick<StoredDelivery, 'file' | 'name' | 'sha256' | 'bytes'>,
    { again, ignoreGates = [] }: DeliverQuery,
    receivedBy: string,
  ): Promise<ReceivedDelivery> {
    const { database, dataSource, wakes } = this.#parts;
    const { id, isNew } = await dataSource.transaction(async (manager) =>
      recordDelivery(
        { query: async (statement, values) => manager.query(statement, [...values]) },
        { source, file, name, sha256, bytes, receivedBy, ignoreGates },
        again ? 'none' : 'newest',
      ),
    );
    if (isNew) await wakes.extract(source);
    return { delivery: await readDelivery(database, source, id), isNew };
  }

  /** Reads a file as a source would, and keeps nothing. @throws as {@link Deliveries.receive} */
  async check(
    request: FastifyRequest,
    reply: FastifyReply,
    source: string,
    given: CheckQuery,
  ): Promise<FileCheck> {
    const { database, reader, maxBytes } = this.#parts;
    const definition = await readDefinition(database, source);
    const incoming = await incomingFile(request, reply, definition, given, maxBytes);
    try {
      return await checkFile(reader, definition, incoming, abortWith(reply).signal);
    } catch (error) {
      throw explain(error, request);
    }
  }

  /** A file as it came. @throws ProblemException 404; 410 if the store no longer has it */
  async content(source: string, id: number): Promise<{ delivery: Delivery; content: Readable }> {
    const { database, store } = this.#parts;
    const delivery = await readDelivery(database, source, id);
    try {
      return { delivery, content: await store.open(delivery.sha256) };
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'not-found')) throw error;
      throw new ProblemException({
        status: 410,
        code: 'content-gone',
        detail: `The store has no file with the SHA-256 ${delivery.sha256} any more.`,
        hint: 'Deliver the file again.',
      });
    }
  }

  /** Takes a delivery back. @throws ProblemException 404 */
  async withdraw(source: string, id: number, by: string): Promise<Delivery> {
    const { database, dataSource, wakes } = this.#parts;
    await readDelivery(database, source, id);
    await withdrawDelivery(dataSource, id, by);
    await wakes.extract(source);
    return readDelivery(database, source, id);
  }

  /** Takes a delivery again. @throws ProblemException 404, 409 */
  async take(source: string, id: number, { ignoreGates = [] }: TakeQuery): Promise<Delivery> {
    const { database, dataSource, wakes } = this.#parts;
    await readDelivery(database, source, id);
    await takeDelivery(dataSource, id, ignoreGates);
    await wakes.extract(source);
    return readDelivery(database, source, id);
  }
}
