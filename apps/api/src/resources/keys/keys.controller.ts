import { Key, KeyList, KeyPath, KeyRequest, NewKey, Problem } from '@marquee/contract';
import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { badInput } from '../../problems/bad-input.ts';
import { notFound } from '../../problems/problem-exception.ts';
import { ApiKeys } from '../../http/auth/api-keys.ts';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('keys')
// a key outlives the settings under which it was made
@Access({ read: 'admin', change: 'admin', evenWhenOpen: true })
@Controller('keys')
export class KeysController {
  readonly #keys: ApiKeys;

  constructor(keys: ApiKeys) {
    this.#keys = keys;
  }

  @Post()
  @ApiOperation({
    operationId: 'makeKey',
    summary: 'Make a key; its secret is in this response and never shown again',
  })
  @ApiCreatedResponse({ description: 'The key', standardSchema: NewKey })
  async make(@Body({ schema: KeyRequest }) request: KeyRequest): Promise<NewKey> {
    if (request.expiresAt !== undefined && Date.parse(request.expiresAt) <= Date.now())
      throw badInput([{ message: 'expected a time in the future', path: ['expiresAt'] }]);
    return this.#keys.make(request);
  }

  @Get()
  @ApiOperation({
    operationId: 'listKeys',
    summary: 'All keys, revoked and expired ones too, newest first and without their secrets',
  })
  @ApiOkResponse({ description: 'The keys', standardSchema: KeyList })
  async list(): Promise<KeyList> {
    return { items: await this.#keys.list() };
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'revokeKey',
    summary: 'Revoke a key: requests with it get a 401 from now on',
  })
  @ApiOkResponse({ description: 'The key', standardSchema: Key })
  @ApiResponse({ status: 404, description: 'No key has this id', standardSchema: Problem })
  async revoke(@Param({ schema: KeyPath }) { id }: KeyPath): Promise<Key> {
    const key = await this.#keys.revoke(id);
    if (key === null) throw notFound('key', id, 'GET /keys lists them.');
    return key;
  }
}
