import { MergeRule, RuleChange, RuleList, RuleOptions, RulePath } from '@marquee/contract';
import { Body, Controller, Delete, Get, Header, Param, Put, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access } from '../../http/auth/access-policy.ts';
import { nameOfCaller } from '../../http/auth/caller.ts';
import { RuleStore } from './rule-store.ts';

/** The rules by which the values of movies are chosen from those of the sources. */
@ApiTags('movies')
@Access({ read: 'reader', change: 'operator' })
@Controller('rules')
export class RulesController {
  readonly #rules: RuleStore;

  constructor(rules: RuleStore) {
    this.#rules = rules;
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'listRules',
    summary: 'The rule of each field: which of the values of the sources a movie gets',
  })
  @ApiOkResponse({ description: 'The rules', standardSchema: RuleList })
  async list(): Promise<RuleList> {
    return { items: await this.#rules.list() };
  }

  @Put(':field')
  @ApiOperation({
    operationId: 'setRule',
    summary: 'Set the rule of a field; the movies that it touches are merged again',
  })
  @ApiOkResponse({ description: 'The rule', standardSchema: RuleChange })
  async set(
    @Param({ schema: RulePath }) { field }: RulePath,
    @Query({ schema: RuleOptions }) { dryRun }: RuleOptions,
    @Body({ schema: MergeRule }) rule: MergeRule,
    @Req() request: FastifyRequest,
  ): Promise<RuleChange> {
    return this.#rules.set(field, rule, nameOfCaller(request), dryRun);
  }

  @Delete(':field')
  @ApiOperation({
    operationId: 'resetRule',
    summary: 'Return a field to its shipped rule; the movies that it touches are merged again',
  })
  @ApiOkResponse({ description: 'The shipped rule', standardSchema: RuleChange })
  async reset(
    @Param({ schema: RulePath }) { field }: RulePath,
    @Query({ schema: RuleOptions }) { dryRun }: RuleOptions,
  ): Promise<RuleChange> {
    return this.#rules.reset(field, dryRun);
  }
}
