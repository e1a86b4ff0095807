import {
  DownloadRequest,
  LoadRequest,
  Problem,
  RejectPage,
  RejectQuery,
  Run,
  RunAccepted,
  RunChanges,
  RunChangesQuery,
  RunPage,
  RunPath,
  RunQuery,
  UpdateRequest,
  type ListPage,
} from '@marquee/contract';
import { RunQueue } from '@marquee/runs';
import {
  Body,
  Controller,
  Get,
  Header,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  Sse,
  type MessageEvent,
  type StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { EMPTY, map, type Observable } from 'rxjs';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { rejectsOf } from './reject-list.ts';
import { cancelRun } from './run-cancelling.ts';
import { readRunChanges } from './run-changes.ts';
import { RunReader } from './run-reader.ts';
import { RunStarter } from './run-starter.ts';
import { Access } from '../../http/auth/access-policy.ts';

/** The id of a run's last event. A client sends it when it connects again. */
const LAST_EVENT = 'ended';

@ApiTags('runs')
@Access({ read: 'reader', change: 'operator' })
@Controller()
export class RunsController {
  readonly #starter: RunStarter;
  readonly #reader: RunReader;
  readonly #dataSource: DataSource;
  readonly #queue: RunQueue;
  readonly #database: Database;

  constructor(
    starter: RunStarter,
    reader: RunReader,
    dataSource: DataSource,
    queue: RunQueue,
    database: Database,
  ) {
    this.#database = database;
    this.#dataSource = dataSource;
    this.#queue = queue;
    this.#starter = starter;
    this.#reader = reader;
  }

  @Post('run-downloader')
  @HttpCode(202)
  @ApiBody({ required: false })
  @ApiOperation({
    operationId: 'runDownloader',
    summary: 'Download datasets; those that have not changed cost one request',
  })
  @ApiAcceptedResponse({ description: 'The run has started', standardSchema: RunAccepted })
  @ApiResponse({ status: 409, description: 'Another run is active', standardSchema: Problem })
  async download(
    @Body({ schema: DownloadRequest }) request: z.infer<typeof DownloadRequest>,
  ): Promise<RunAccepted> {
    return this.#starter.download(request);
  }

  @Post('run-loader')
  @HttpCode(202)
  @ApiBody({ required: false })
  @ApiOperation({
    operationId: 'runLoader',
    summary: 'Load and publish the newest snapshot of each dataset',
  })
  @ApiAcceptedResponse({ description: 'The run has started', standardSchema: RunAccepted })
  @ApiResponse({
    status: 409,
    description: 'Another run is active, or there is no snapshot to load',
    standardSchema: Problem,
  })
  async load(
    @Body({ schema: LoadRequest }) request: z.infer<typeof LoadRequest>,
  ): Promise<RunAccepted> {
    return this.#starter.load(request);
  }

  @Post('updatedata')
  @HttpCode(202)
  @ApiBody({ required: false })
  @ApiOperation({ operationId: 'updateData', summary: 'Download, load and publish' })
  @ApiAcceptedResponse({ description: 'The run has started', standardSchema: RunAccepted })
  @ApiResponse({
    status: 409,
    description: "Another run is active, or today's update has succeeded already",
    standardSchema: Problem,
  })
  async update(
    @Body({ schema: UpdateRequest }) request: z.infer<typeof UpdateRequest>,
  ): Promise<RunAccepted> {
    return this.#starter.update(request);
  }

  @Get('runs')
  @ApiOperation({ operationId: 'listRuns', summary: 'Runs, newest first' })
  @ApiList(RunPage, 'A page of runs')
  async list(
    @Query({ schema: RunQuery }) query: RunQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, this.#reader.list, query, reply);
  }

  @Get('runs/:id')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getRun',
    summary: 'A run: its state, the progress of each dataset, errors',
  })
  @ApiOkResponse({ description: 'The run', standardSchema: Run })
  @ApiResponse({ status: 404, description: 'No run has this id', standardSchema: Problem })
  async get(@Param({ schema: RunPath }) { id }: RunPath): Promise<Run> {
    return this.#reader.get(id);
  }

  @Get('runs/:id/rejects')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listRejects',
    summary: 'The rejected lines of a run, with the reason of each',
  })
  @ApiList(RejectPage, 'A page of rejects')
  @ApiResponse({ status: 404, description: 'No run has this id', standardSchema: Problem })
  async rejects(
    @Param({ schema: RunPath }) { id }: RunPath,
    @Query({ schema: RejectQuery }) query: RejectQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, rejectsOf(id, query), query, reply, async () =>
      this.#reader.get(id),
    );
  }

  @Get('runs/:id/changes')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getRunChanges',
    summary: 'What a run has changed: counts by dataset, and the rows with titles and names',
    description:
      'Of a dataset that was loaded in full, the changes are not known. `GET /changes` has the changes of all runs in the order of publishing, also as a stream.',
  })
  @ApiOkResponse({ description: 'What it has changed', standardSchema: RunChanges })
  @ApiResponse({ status: 404, description: 'No run has this id', standardSchema: Problem })
  async changes(
    @Param({ schema: RunPath }) { id }: RunPath,
    @Query({ schema: RunChangesQuery }) query: RunChangesQuery,
  ): Promise<RunChanges> {
    const changes = await readRunChanges(this.#database, id, query);
    if (changes.datasets.length === 0) await this.#reader.get(id);
    return changes;
  }

  @Post('runs/:id/cancel')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'cancelRun',
    summary: 'Cancel a run: it ends as failed, with the error code cancelled',
    description:
      'Nothing of the run is published, and another run can start at once. Its jobs stop within moments. Downloads are kept, and the ' +
      'next run resumes them. A run that has published is not undone.',
  })
  @ApiAcceptedResponse({ description: 'The run, now ended', standardSchema: Run })
  @ApiResponse({ status: 404, description: 'No run has this id', standardSchema: Problem })
  @ApiResponse({ status: 409, description: 'The run has ended already', standardSchema: Problem })
  async cancel(@Param({ schema: RunPath }) { id }: RunPath): Promise<Run> {
    await cancelRun(this.#dataSource, this.#queue, id);
    return this.#reader.get(id);
  }

  @Sse('runs/:id/events')
  @ApiOperation({
    operationId: 'watchRun',
    summary:
      'A run as server-sent events: one at once, one at each change, the last when it has ended',
    description:
      `The last event has the id \`${LAST_EVENT}\`. An EventSource reconnects when the stream ends, and sends that id. The answer is then 204, after which it ` +
      'does not reconnect.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'When it reconnects: the id of the last event that the client received',
    schema: { type: 'string', example: LAST_EVENT },
  })
  @ApiProduces('text/event-stream')
  @ApiResponse({
    status: 200,
    description: 'Events named run; their data is the run as in GET /runs/{id}',
    schema: { type: 'string' },
  })
  @ApiNoContentResponse({
    description: 'The client has received the last event; there are no more',
  })
  @ApiResponse({ status: 404, description: 'No run has this id', standardSchema: Problem })
  async watch(
    @Param({ schema: RunPath }) { id }: RunPath,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Observable<MessageEvent>> {
    const runs = await this.#reader.watch(id);
    if (lastEventId === LAST_EVENT && (await this.#reader.get(id)).state !== 'running') {
      void reply.status(204);
      return EMPTY;
    }
    return runs.pipe(
      map((run) => ({
        type: 'run',
        data: run,
        ...(run.state === 'running' ? {} : { id: LAST_EVENT }),
      })),
    );
  }
}
