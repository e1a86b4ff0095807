import {
  AnyDelivery,
  AnyDeliveryPage,
  AnyDeliveryPath,
  AnyDeliveryQuery,
  DeliverAnyQuery,
  Delivery,
  Problem,
  type ListPage,
} from '@marquee/contract';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
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
import { answerList } from '../../http/formats/answer-list.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { keyOfSource } from '../../http/guard/request-errors.ts';
import { faultyInput } from '../../problems/bad-input.ts';
import { allDeliveries, notFailed, readAnyDelivery, retryAnnouncement } from './all-deliveries.ts';
import { ApiDeliver, NO_DELIVERY } from './api-delivery.ts';
import { Deliveries } from './deliveries.ts';

/** Files that came to any source, by whatever way. */
@ApiTags('sources')
@Access({ read: 'reader', change: 'operator' })
@Controller('deliveries')
export class AllDeliveriesController {
  readonly #deliveries: Deliveries;
  readonly #database: Database;
  readonly #dataSource: DataSource;

  constructor(deliveries: Deliveries, database: Database, dataSource: DataSource) {
    this.#deliveries = deliveries;
    this.#database = database;
    this.#dataSource = dataSource;
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listAllDeliveries',
    summary: 'The deliveries of all sources, newest first; those that have failed say why',
    description:
      'Also lists files that providers have announced and that became no delivery: they wait, have failed, or are loaded by a run.',
  })
  @ApiList(AnyDeliveryPage, 'A page of deliveries')
  async list(
    @Query({ schema: AnyDeliveryQuery }) query: AnyDeliveryQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, allDeliveries(query.state), query, reply);
  }

  @Post()
  @Access({ streamedBody: true, sourceOfKey: true })
  @HttpCode(202)
  @ApiOperation({
    operationId: 'deliverByKey',
    summary: 'Deliver a file to the source of the key',
    description:
      'The short form of `POST /sources/{id}/deliveries`, with the same body and the same answers.',
  })
  @ApiDeliver()
  async deliver(
    @Query({ schema: DeliverAnyQuery }) { source: given, ...query }: DeliverAnyQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Delivery> {
    const source = sourceOf(request, given);
    const { delivery, isNew } = await this.#deliveries.receive(request, reply, source, query);
    void reply.status(isNew ? 202 : 200).header('Location', delivery.url);
    return delivery;
  }

  @Get(':delivery')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getDelivery', summary: 'A delivery of any source' })
  @ApiOkResponse({ description: 'The delivery', standardSchema: AnyDelivery })
  @ApiResponse(NO_DELIVERY)
  async get(
    @Param({ schema: AnyDeliveryPath }) { delivery }: AnyDeliveryPath,
  ): Promise<AnyDelivery> {
    return readAnyDelivery(this.#database, delivery);
  }

  @Post(':delivery/retry')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'retryDelivery',
    summary: 'Take a failed delivery again',
    description:
      'One that a provider has announced is read again from where it is, whatever the quota of the provider. One that has come is read again as it is.',
  })
  @ApiAcceptedResponse({ description: 'The delivery', standardSchema: AnyDelivery })
  @ApiResponse(NO_DELIVERY)
  @ApiResponse({
    status: 409,
    description: 'It has not failed, or a newer one is in force',
    standardSchema: Problem,
  })
  async retry(
    @Param({ schema: AnyDeliveryPath }) { delivery: id }: AnyDeliveryPath,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnyDelivery> {
    const { source, state, url } = await readAnyDelivery(this.#database, id);
    if (state !== 'failed') throw notFailed(id);
    if (source !== null && url.startsWith('/sources/')) await this.#deliveries.take(source, id, {});
    else await retryAnnouncement(this.#dataSource, id, nameOfCaller(request));
    void reply.header('Location', url);
    return readAnyDelivery(this.#database, id);
  }
}

/** The source of a delivery: that of the key, else the given one. @throws ProblemException 400, 403 */
function sourceOf({ caller }: FastifyRequest, given: string | undefined): string {
  const ofKey = caller?.key?.source ?? null;
  if (ofKey !== null && given !== undefined && given !== ofKey) throw keyOfSource(ofKey);
  const source = ofKey ?? given;
  if (source !== undefined) return source;
  throw faultyInput(
    [{ where: 'source', what: 'expected the id of a source, as the request has no key of one' }],
    'GET /sources lists them; marquee keys create NAME --source ID makes a key of one.',
  );
}
