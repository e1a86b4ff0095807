import {
  Problem,
  SourceChange,
  SourceDetails,
  SourceList,
  SourcePath,
  SourcePutQuery,
} from '@marquee/contract';
import type { SourceDefinition } from '@marquee/sources';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { Database } from '../../database/database.ts';
import { Access } from '../../http/auth/access-policy.ts';
import { nameOfCaller } from '../../http/auth/caller.ts';
import { abortWith } from '../../http/formats/formats.ts';
import { badInput } from '../../problems/bad-input.ts';
import { DEFINITION } from './definition-body.ts';
import { noSource, readSource, readSources } from './source-reader.ts';
import { compareDefinition, removeSource, storeDefinition } from './source-store.ts';
import { Wakes } from './wakes.ts';
import { DefinitionTrial } from './definition-trial.ts';

const NO_SOURCE = {
  status: 404,
  description: 'There is no such source',
  standardSchema: Problem,
} as const;

/** Who tells of movies. */
@ApiTags('sources')
@Access({ read: 'reader', change: 'admin' })
@Controller('sources')
export class SourcesController {
  readonly #database: Database;
  readonly #dataSource: DataSource;
  readonly #wakes: Wakes;
  readonly #trial: DefinitionTrial;

  constructor(database: Database, dataSource: DataSource, wakes: Wakes, trial: DefinitionTrial) {
    this.#database = database;
    this.#dataSource = dataSource;
    this.#wakes = wakes;
    this.#trial = trial;
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listSources',
    summary: 'All sources: licence, records, last delivery, and how many records are matched',
  })
  @ApiOkResponse({ description: 'The sources', standardSchema: SourceList })
  async list(): Promise<SourceList> {
    return readSources(this.#database);
  }

  @Get(':id')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getSource',
    summary: 'A source with its definition and the deliveries in use',
  })
  @ApiOkResponse({ description: 'The source', standardSchema: SourceDetails })
  @ApiResponse(NO_SOURCE)
  async get(@Param({ schema: SourcePath }) { id }: SourcePath): Promise<SourceDetails> {
    return readSource(this.#database, id);
  }

  @Put(':id')
  @ApiOperation({
    operationId: 'putSource',
    summary: 'Add a source, or replace the definition of one that was added here',
    description:
      'docs/sources.md describes definitions. A changed one has all deliveries in use read again; `dryRun=true` answers what that would change.',
  })
  @ApiOkResponse({ description: 'What it changes', standardSchema: SourceChange })
  @ApiResponse({
    status: 409,
    description: 'The source is shipped, or defined by a file',
    standardSchema: Problem,
  })
  @ApiResponse({
    status: 422,
    description: 'A trial cannot read the deliveries by this definition, or they are too large',
    standardSchema: Problem,
  })
  async put(
    @Param({ schema: SourcePath }) { id }: SourcePath,
    @Query({ schema: SourcePutQuery }) { dryRun }: SourcePutQuery,
    @Body({ schema: DEFINITION }) definition: SourceDefinition,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SourceChange> {
    if (definition.id !== id)
      throw badInput([
        { message: `expected ${id}, as the path has; got ${definition.id}`, path: ['id'] },
      ]);
    if (dryRun) {
      const change = await compareDefinition(this.#dataSource, definition);
      const effect = await this.#trial.effectOf(definition, abortWith(reply).signal);
      return { id, ...change, isDryRun: true, effect };
    }
    const change = await storeDefinition(this.#dataSource, definition, nameOfCaller(request));
    if (change.isChanged) await this.#wakes.extract(id);
    return { id, ...change, isDryRun: false, effect: null };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'removeSource',
    summary: 'Remove a source that was added here and has no deliveries',
  })
  @ApiNoContentResponse({ description: 'It is removed' })
  @ApiResponse(NO_SOURCE)
  @ApiResponse({
    status: 409,
    description: 'The source is shipped, defined by a file, or has deliveries',
    standardSchema: Problem,
  })
  async remove(@Param({ schema: SourcePath }) { id }: SourcePath): Promise<void> {
    if (!(await removeSource(this.#dataSource, id))) throw await noSource(this.#database, id);
  }
}
