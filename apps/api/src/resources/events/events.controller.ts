import {
  DEFAULT_EVENTS,
  EVENT_FIELDS,
  EVENT_TYPES,
  EventPage,
  EventQuery,
  EventSinkList,
  Problem,
} from '@marquee/contract';
import { Controller, Get, Header, Headers, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import Negotiator from 'negotiator';
import { PublishedWatch } from '../../database/published-watch.ts';
import { Access } from '../../http/auth/access-policy.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import {
  abortWith,
  chooseFormat,
  fileOf,
  streamClientOf,
  vary,
} from '../../http/formats/formats.ts';
import type { EventPosition } from './event-id.ts';
import { EventLog } from './event-log.ts';
import { EventSender } from './event-sender.ts';
import type { EventFilter } from './event-statements.ts';
import { EventStreams } from './event-streams.ts';

const EVENT_STREAM = 'text/event-stream';

@ApiTags('events')
@Access({ read: 'reader' })
@Controller('events')
export class EventsController {
  readonly #log: EventLog;
  readonly #streams: EventStreams;
  readonly #sender: EventSender;
  readonly #watch: PublishedWatch;

  constructor(log: EventLog, streams: EventStreams, sender: EventSender, watch: PublishedWatch) {
    this.#log = log;
    this.#streams = streams;
    this.#sender = sender;
    this.#watch = watch;
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'Ends of runs, publishes and changes of movies, as CloudEvents; or a stream of them',
    description:
      'With `Accept: text/event-stream`, as EventSource sends it, the answer is a stream of server-sent events without an end: those after `Last-Event-ID` or `since`, then each new one once it is committed. Their data is the event; they have no names, so that `onmessage` gets them all. Otherwise the answer is a page or a file of past events.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'In place of `since`: the id of the last event that the client received',
    schema: { type: 'string' },
  })
  @ApiList(EventPage, 'A page of events, or a stream of them', EVENT_STREAM)
  @ApiResponse({
    status: 410,
    description: 'Some of the requested events are no longer kept',
    standardSchema: Problem,
  })
  async list(
    @Query({ schema: EventQuery }) { since, type, subject, limit, csv, format: asked }: EventQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventPage | StreamableFile> {
    const isFollowed = asked === undefined && prefersEventStream(reply);
    const filter = { types: type ?? [...EVENT_TYPES], subjects: subject ?? null };
    const position = await this.#log.positionOf(
      lastEventId ?? since ?? (isFollowed ? 'now' : undefined),
      lastEventId === undefined ? 'since' : 'Last-Event-ID',
      filter,
    );
    if (isFollowed) return this.#follow(position, filter, reply);
    const format = chooseFormat({ format: asked, csv }, reply);
    if (format === 'json') return this.#page(position, filter, limit ?? DEFAULT_EVENTS);
    const aborter = abortWith(reply);
    const request = { position, filter, client: streamClientOf(reply), signal: aborter.signal };
    const batches = await this.#streams.untilNow(request, limit ?? null);
    return fileOf({ format, fields: EVENT_FIELDS, csv }, batches, aborter);
  }

  @Get('sinks')
  @Access({ read: 'admin' })
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listEventSinks',
    summary: 'The queues and topics of EVENTS_SINKS, and what each has got',
  })
  @ApiOkResponse({ description: 'The sinks', standardSchema: EventSinkList })
  async sinks(): Promise<EventSinkList> {
    return { items: await this.#sender.describeSinks() };
  }

  async #page(position: EventPosition, filter: EventFilter, limit: number): Promise<EventPage> {
    const { events, cursor, more } = await this.#log.after(position, filter, limit);
    return { items: [...events], next: more ? cursor : null, cursor };
  }

  #follow(position: EventPosition, filter: EventFilter, reply: FastifyReply): StreamableFile {
    vary(reply, ['Accept']);
    // nginx buffers answers otherwise
    void reply.header('X-Accel-Buffering', 'no');
    const { keyChanges } = this.#watch;
    const hasKey = reply.request.caller?.key != null;
    const aborter = abortWith(reply);
    // the response to a pipelined request may never begin, and then it does not close either
    reply.request.socket.once('close', () => aborter.abort());
    const stream = this.#streams.follow(
      { position, filter, client: streamClientOf(reply), signal: aborter.signal },
      () => hasKey && this.#watch.keyChanges !== keyChanges,
    );
    return new StreamableFile(stream, { type: EVENT_STREAM });
  }
}

/** Whether a client asks for server-sent events rather than for anything else. */
function prefersEventStream({ request }: FastifyReply): boolean {
  const { accept = '' } = request.headers;
  return new Negotiator({ headers: { accept } }).mediaTypes()[0]?.toLowerCase() === EVENT_STREAM;
}
