import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { DeliverQuery, DeliveryPath, SourcePath, type Delivery } from '@marquee/contract';
import {
  DeliverySchema,
  type DataProviderService,
  type Delivery as DeliveryMessage,
  type DeliverHeader,
  type DeliverRequest,
  type WatchDeliveriesRequest,
} from '@marquee/proto';
import type { FastifyRequest } from 'fastify';
import type { Database } from '../database/database.ts';
import { StreamSlots } from '../database/stream-slots.ts';
import { askedBy } from '../http/audit/audit-hook.ts';
import type { AuditLog } from '../http/audit/audit-log.ts';
import { nameOfCaller } from '../http/auth/caller.ts';
import type { InputPipe } from '../http/errors/input-pipe.ts';
import { keyOfSource } from '../http/guard/request-errors.ts';
import { faultyInput } from '../problems/bad-input.ts';
import type { Deliveries } from '../resources/deliveries/deliveries.ts';
import { digestMismatch } from '../resources/deliveries/digests.ts';
import { newestDeliveries, readDelivery } from '../resources/sources/delivery-list.ts';
import { expectSource } from '../resources/sources/source-reader.ts';
import { parseInput, poll, requestOf, type PollParts } from './calls.ts';
import { failureOf } from './errors.ts';

/** How many deliveries of a source are watched: older ones hardly ever change. */
const WATCHED = 100;

/** Each of these costs a query every time it looks. */
const WATCHERS = { all: 50, ofParty: 5 };

/** What deliveries are taken and read with. */
export interface DataProviderParts extends PollParts {
  readonly database: Database;
  readonly deliveries: Deliveries;
  readonly inputs: InputPipe;
  readonly audit: AuditLog;
  /** Called with faults of work that no call waits for. */
  readonly onError: (error: unknown) => void;
}

/** `DataProviderService`: what `POST /sources/{id}/deliveries` does, and the states of deliveries. */
export class DataProvider implements ServiceImpl<typeof DataProviderService> {
  readonly #parts: DataProviderParts;
  readonly #watchers = new StreamSlots(WATCHERS);

  constructor(parts: DataProviderParts) {
    this.#parts = parts;
  }

  async deliver(messages: AsyncIterable<DeliverRequest>, { values }: HandlerContext) {
    const request = requestOf(values);
    const parts = messages[Symbol.asyncIterator]();
    const first = await parts.next();
    const part = first.done === true ? undefined : first.value.part;
    if (part?.case !== 'header')
      throw faultyInput([
        { where: 'header', what: `expected first, got ${part?.case ?? 'nothing'}` },
      ]);
    const { source: id, ...given } = headerFields(part.value);
    const { id: source } = await parseInput(this.#parts.inputs, SourcePath, { id });
    expectSourceOfKey(request, source);
    const query = await parseInput(this.#parts.inputs, DeliverQuery, given);
    return this.#audited(request, { source, ...given }, async () => {
      const file = Readable.from(bytesOf(parts), { objectMode: false });
      const { delivery, isNew } = await this.#parts.deliveries.receiveStream(
        file,
        source,
        query,
        nameOfCaller(request),
      );
      return { delivery: messageOf(delivery), isNew };
    });
  }

  async *watchDeliveries(
    { source: id, delivery }: WatchDeliveriesRequest,
    context: HandlerContext,
  ) {
    const { inputs } = this.#parts;
    const { id: source } = await parseInput(inputs, SourcePath, { id });
    expectSourceOfKey(requestOf(context.values), source);
    const only =
      delivery === undefined
        ? null
        : (await parseInput(inputs, DeliveryPath, { id, delivery: delivery.toString() })).delivery;
    const database = this.#parts.database.until(context.signal);
    if (only === null) await expectSource(database, source);
    const read = async () =>
      only === null
        ? newestDeliveries(database, source, WATCHED)
        : [await readDelivery(database, source, only)];
    let known: ReadonlyMap<number, string> = new Map();
    for await (const now of poll(read, context, this.#watchers, this.#parts)) {
      const states = new Map(now.map((one) => [one.id, JSON.stringify(one)]));
      for (const one of now)
        if (known.get(one.id) !== states.get(one.id)) yield { delivery: messageOf(one) };
      known = states;
      if (only !== null && now[0]?.state !== 'received') return;
    }
  }

  /** Does what is recorded in the audit log, before and after: not at all if it cannot be. */
  async #audited<T>(request: FastifyRequest, asked: object, work: () => Promise<T>): Promise<T> {
    const { audit, onError } = this.#parts;
    const entry = await audit.begin(askedBy(request, asked));
    let status = 200;
    try {
      return await work();
    } catch (error) {
      ({ status } = failureOf(error));
      throw error;
    } finally {
      // the delivery is there: its client gets the answer even if this fails
      await audit.end(entry, status, null).catch(onError);
    }
  }
}

/** A header as the path and the query of the HTTP API. */
function headerFields({ source, file, name, again, ignoreGates }: DeliverHeader) {
  return {
    source,
    ...(file !== undefined && { file }),
    ...(name !== undefined && { name }),
    again: String(again),
    ...(ignoreGates.length > 0 && { ignoreGates: ignoreGates.join(',') }),
  };
}

/** A key for one source may do nothing with others. @throws ProblemException 403 */
function expectSourceOfKey({ caller }: FastifyRequest, source: string): void {
  const ofKey = caller?.key?.source ?? source;
  if (ofKey !== source) throw keyOfSource(ofKey);
}

/**
 * The bytes of a file from the parts after its header.
 *
 * @throws ProblemException 400 for another digest than the one that is sent, or a second header
 */
async function* bytesOf(
  parts: AsyncIterator<DeliverRequest>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let expected: Uint8Array | null = null;
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    const { part } = next.value;
    if (part.case === 'chunk') {
      hash.update(part.value);
      // an empty one would end the file
      if (part.value.length > 0) yield part.value;
    } else if (part.case === 'sha256') expected = part.value;
    else
      throw faultyInput([
        { where: 'part', what: `expected a chunk or a digest, got ${part.case ?? 'nothing'}` },
      ]);
  }
  const actual = hash.digest();
  if (expected !== null && !actual.equals(expected))
    throw digestMismatch(
      'sha-256',
      actual.toString('base64'),
      Buffer.from(expected).toString('base64'),
    );
}

/** A delivery as a message. The names of its fields in JSON are those of the HTTP API. */
function messageOf({ state, ...delivery }: Delivery): DeliveryMessage {
  const json = { ...delivery, state: `DELIVERY_STATE_${state.toUpperCase()}` } as JsonObject;
  return fromJson(DeliverySchema, json, { ignoreUnknownFields: true });
}
