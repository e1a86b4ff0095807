import {
  CheckQuery,
  Delivery,
  DeliverQuery,
  DeliveryPage,
  DeliveryPath,
  DeliveryRejectPage,
  DeliveryRejectQuery,
  FileCheck,
  Problem,
  SourceDeliveryQuery,
  SourcePath,
  TakeQuery,
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
  StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access } from '../../http/auth/access-policy.ts';
import { nameOfCaller } from '../../http/auth/caller.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { deliveriesOfSource, readDelivery, rejectsOfDelivery } from '../sources/delivery-list.ts';
import { expectSource } from '../sources/source-reader.ts';
import { ApiDeliver, ApiFileBody, NO_DELIVERY } from './api-delivery.ts';
import { Deliveries } from './deliveries.ts';

/** Files that are given to sources. */
@ApiTags('sources')
@Access({ read: 'reader', change: 'operator', sourceParameter: 'id' })
@Controller('sources/:id')
export class DeliveriesController {
  readonly #deliveries: Deliveries;
  readonly #database: Database;

  constructor(deliveries: Deliveries, database: Database) {
    this.#deliveries = deliveries;
    this.#database = database;
  }

  @Post('deliveries')
  @Access({ streamedBody: true })
  @HttpCode(202)
  @ApiOperation({
    operationId: 'deliver',
    summary: 'Deliver a file: it is kept as it comes, and read soon after',
    description:
      'The body is the file, plain or as gzip, with a content type of its own or application/octet-stream. A cut-off upload leaves nothing behind. The same file as the last one is answered with that delivery.',
  })
  @ApiHeader({
    name: 'Content-Digest',
    required: false,
    description:
      'Digest of the body (RFC 9530) by sha-256 or sha-512, which is verified; Repr-Digest works too',
    schema: { type: 'string', example: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:' },
  })
  @ApiDeliver()
  async deliver(
    @Param({ schema: SourcePath }) { id }: SourcePath,
    @Query({ schema: DeliverQuery }) query: DeliverQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Delivery> {
    const { delivery, isNew } = await this.#deliveries.receive(request, reply, id, query);
    void reply.status(isNew ? 202 : 200).header('Location', delivery.url);
    return delivery;
  }

  @Post('check')
  @Access({ streamedBody: true })
  @HttpCode(200)
  @ApiOperation({
    operationId: 'checkFile',
    summary: 'Read a file as the source would: counts, first records, rejects; nothing is kept',
    description:
      'The body is as for `POST /sources/{id}/deliveries`. Files that join others are read alone, so a record has the fields of this file only.',
  })
  @ApiFileBody()
  @ApiOkResponse({ description: 'What the file has', standardSchema: FileCheck })
  @ApiResponse({ status: 422, description: 'The source cannot take it', standardSchema: Problem })
  async check(
    @Param({ schema: SourcePath }) { id }: SourcePath,
    @Query({ schema: CheckQuery }) query: CheckQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FileCheck> {
    return this.#deliveries.check(request, reply, id, query);
  }

  @Get('deliveries')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listSourceDeliveries',
    summary: 'The deliveries of a source, newest first',
  })
  @ApiList(DeliveryPage, 'A page of deliveries')
  @ApiResponse({ status: 404, description: 'There is no such source', standardSchema: Problem })
  async list(
    @Param({ schema: SourcePath }) { id }: SourcePath,
    @Query({ schema: SourceDeliveryQuery }) query: SourceDeliveryQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    const list = deliveriesOfSource(id, query.state);
    return answerList(this.#database, list, query, reply, async () =>
      expectSource(this.#database, id),
    );
  }

  @Get('deliveries/:delivery')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getSourceDelivery',
    summary: 'A delivery: its state, what it changed, and why it failed',
  })
  @ApiOkResponse({ description: 'The delivery', standardSchema: Delivery })
  @ApiResponse(NO_DELIVERY)
  async get(@Param({ schema: DeliveryPath }) { id, delivery }: DeliveryPath): Promise<Delivery> {
    return readDelivery(this.#database, id, delivery);
  }

  @Get('deliveries/:delivery/rejects')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listDeliveryRejects',
    summary: 'The rows of a delivery that could not be read, with the reason of each',
  })
  @ApiList(DeliveryRejectPage, 'A page of rejects')
  @ApiResponse(NO_DELIVERY)
  async rejects(
    @Param({ schema: DeliveryPath }) { id, delivery }: DeliveryPath,
    @Query({ schema: DeliveryRejectQuery }) query: DeliveryRejectQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    // before the rejects are read: those of another source are not for the key of this one
    await readDelivery(this.#database, id, delivery);
    return answerList(this.#database, rejectsOfDelivery(delivery), query, reply);
  }

  // the file itself may be under a licence that forbids to hand it on
  @Get('deliveries/:delivery/content')
  @Access({ read: 'operator' })
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getDeliveryContent', summary: 'The file as it came' })
  @ApiProduces('application/octet-stream')
  @ApiResponse({
    status: 200,
    description: 'The file',
    schema: { type: 'string', format: 'binary' },
  })
  @ApiResponse(NO_DELIVERY)
  @ApiResponse({ status: 410, description: 'The file is gone', standardSchema: Problem })
  async content(
    @Param({ schema: DeliveryPath }) { id, delivery: number }: DeliveryPath,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { delivery, content } = await this.#deliveries.content(id, number);
    const digest = Buffer.from(delivery.sha256, 'hex').toString('base64');
    void reply.header('Repr-Digest', `sha-256=:${digest}:`);
    return new StreamableFile(content, {
      type: 'application/octet-stream',
      length: delivery.bytes,
      disposition: `attachment; filename*=UTF-8''${encodeURIComponent(delivery.name)}`,
    });
  }

  @Post('deliveries/:delivery/withdraw')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'withdrawDelivery',
    summary: 'Take a delivery back: the delivery before it is in force again',
  })
  @ApiAcceptedResponse({ description: 'The delivery', standardSchema: Delivery })
  @ApiResponse(NO_DELIVERY)
  async withdraw(
    @Param({ schema: DeliveryPath }) { id, delivery }: DeliveryPath,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Delivery> {
    const changed = await this.#deliveries.withdraw(id, delivery, nameOfCaller(request));
    void reply.header('Location', changed.url);
    return changed;
  }

  @Post('deliveries/:delivery/take')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'takeDelivery',
    summary: 'Take a delivery again: one that failed, or was taken back',
  })
  @ApiAcceptedResponse({ description: 'The delivery', standardSchema: Delivery })
  @ApiResponse(NO_DELIVERY)
  @ApiResponse({ status: 409, description: 'A newer one is in force', standardSchema: Problem })
  async take(
    @Param({ schema: DeliveryPath }) { id, delivery }: DeliveryPath,
    @Query({ schema: TakeQuery }) query: TakeQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Delivery> {
    const changed = await this.#deliveries.take(id, delivery, query);
    void reply.header('Location', changed.url);
    return changed;
  }
}
