import {
  Problem,
  Webhook,
  WebhookUpdate,
  WebhookCreated,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookDeliveryQuery,
  WebhookList,
  WebhookPath,
  WebhookRequest,
  type ListPage,
} from '@marquee/contract';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { WebhookSender } from './webhook-sender.ts';
import { deliveriesOf, WebhookStore } from './webhook-store.ts';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('webhooks')
@Access({ read: 'admin', change: 'admin' })
@Controller('webhooks')
export class WebhooksController {
  readonly #store: WebhookStore;
  readonly #sender: WebhookSender;
  readonly #database: Database;

  constructor(store: WebhookStore, sender: WebhookSender, database: Database) {
    this.#database = database;
    this.#store = store;
    this.#sender = sender;
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Create a webhook, which is called at each publish',
    description:
      'Each publish is posted to the URL once, signed by Standard Webhooks: `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, with the bytes of the secret as its key. A delivery that is not answered with 200 to 299 within 10 s is sent again after 10 s, 5 and 30 minutes, 2, 8 and 24 hours, under the same `webhook-id`.',
  })
  @ApiCreatedResponse({
    description: 'The webhook, with its secret, which is shown this once',
    standardSchema: WebhookCreated,
  })
  async create(@Body({ schema: WebhookRequest }) webhook: WebhookRequest): Promise<WebhookCreated> {
    return this.#store.create(webhook);
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'listWebhooks', summary: 'All webhooks' })
  @ApiOkResponse({ description: 'The webhooks', standardSchema: WebhookList })
  async list(): Promise<WebhookList> {
    return { items: await this.#store.list() };
  }

  @Get(':id')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getWebhook', summary: 'One webhook' })
  @ApiOkResponse({ description: 'The webhook', standardSchema: Webhook })
  @ApiResponse({ status: 404, description: 'No webhook has this id', standardSchema: Problem })
  async get(@Param({ schema: WebhookPath }) { id }: WebhookPath): Promise<Webhook> {
    return this.#store.get(id);
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeWebhook',
    summary: 'Change a webhook, or switch it off and on',
  })
  @ApiOkResponse({ description: 'The changed webhook', standardSchema: Webhook })
  @ApiResponse({ status: 404, description: 'No webhook has this id', standardSchema: Problem })
  async change(
    @Param({ schema: WebhookPath }) { id }: WebhookPath,
    @Body({ schema: WebhookUpdate }) change: WebhookUpdate,
  ): Promise<Webhook> {
    return this.#store.change(id, change);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteWebhook', summary: 'Remove a webhook, with its deliveries' })
  @ApiNoContentResponse({ description: 'The webhook is removed' })
  @ApiResponse({ status: 404, description: 'No webhook has this id', standardSchema: Problem })
  async remove(@Param({ schema: WebhookPath }) { id }: WebhookPath): Promise<void> {
    await this.#store.remove(id);
  }

  @Get(':id/deliveries')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listDeliveries',
    summary:
      'The deliveries of a webhook, newest first, with every attempt; ended ones are kept for 30 days',
  })
  @ApiList(WebhookDeliveryPage, 'A page of deliveries')
  @ApiResponse({ status: 404, description: 'No webhook has this id', standardSchema: Problem })
  async deliveries(
    @Param({ schema: WebhookPath }) { id }: WebhookPath,
    @Query({ schema: WebhookDeliveryQuery }) query: WebhookDeliveryQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, deliveriesOf(id), query, reply, async () =>
      this.#store.get(id),
    );
  }

  @Post(':id/test')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'testWebhook',
    summary: 'Send a delivery of the type test; GET /webhooks/{id}/deliveries shows its outcome',
  })
  @ApiAcceptedResponse({
    description: 'The delivery, which is sent at once',
    standardSchema: WebhookDelivery,
  })
  @ApiResponse({ status: 404, description: 'No webhook has this id', standardSchema: Problem })
  async test(@Param({ schema: WebhookPath }) { id }: WebhookPath): Promise<WebhookDelivery> {
    const delivery = await this.#store.test(id);
    this.#sender.wake();
    return delivery;
  }
}
