import type { ListFormat, ListPage, ListRequest } from '@marquee/contract';
import type { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Database } from '../../database/database.ts';
import {
  batchesOfList,
  pageOfList,
  type List,
  type WhenEmpty,
} from '../../read-models/lists/list.ts';
import { abortWith, chooseFormat, fileOf, streamClientOf } from './formats.ts';

/**
 * Answers a request for a list: a page of JSON, or CSV or NDJSON of everything from `after` on. The
 * query of a stream ends when its client disconnects.
 *
 * @param reply of the request: its Accept header chooses the format if `format` is not given
 * @throws ProblemException 400 for a cursor of another list, 429 for too many streams of a client,
 *   503 when the database takes too long or all streams are taken
 */
export async function answerList(
  database: Database,
  list: List,
  request: ListRequest,
  reply: FastifyReply,
  whenEmpty?: WhenEmpty,
): Promise<ListPage | StreamableFile> {
  const format = chooseFormat(request, reply);
  return format === 'json'
    ? pageOfList(database, list, request, whenEmpty)
    : streamList(database, list, { ...request, format }, reply, whenEmpty);
}

/**
 * Streams a list from `after` on, in a format that has been chosen already.
 *
 * @throws as {@link answerList}
 */
export async function streamList(
  database: Database,
  list: List,
  { format, csv, ...request }: StreamRequest,
  reply: FastifyReply,
  whenEmpty?: WhenEmpty,
): Promise<StreamableFile> {
  const aborter = abortWith(reply);
  const batches = await batchesOfList(
    database,
    list,
    request,
    { client: streamClientOf(reply), signal: aborter.signal },
    whenEmpty,
  );
  return fileOf({ format, fields: request.fields ?? list.fields, csv }, batches, aborter);
}

type StreamRequest = Pick<ListRequest, 'limit' | 'after' | 'fields' | 'csv'> & {
  readonly format: Exclude<ListFormat, 'json'>;
};
