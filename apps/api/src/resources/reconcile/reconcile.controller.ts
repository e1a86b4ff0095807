import {
  EntityRequest,
  ExtendResponse,
  Flyout,
  Problem,
  ProposalRequest,
  ProposedProperties,
  ReconcileManifest,
  ReconcileRequest,
  ReconcileResults,
  ReconcileSuggestions,
  SuggestPath,
  SuggestRequest,
  type SuggestKind,
} from '@marquee/contract';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Database } from '../../database/database.ts';
import { Access } from '../../http/auth/access-policy.ts';
import { abortWith } from '../../http/formats/formats.ts';
import { html } from '../../http/site/site-document.ts';
import { notFound } from '../../problems/problem-exception.ts';
import { answerQueries } from './candidates.ts';
import { entityPage, entityText, FRAMED, readEntity, type Entity } from './entity-page.ts';
import { extend, propertiesOf } from './extend.ts';
import { manifestOf } from './manifest.ts';
import { allProperties, readSources, suggestionsOf } from './suggestions.ts';
import { TYPES } from './types.ts';

/** Five hundred queries, some of them long. */
const MAX_FORM_BYTES = 1024 * 1024;

const Answer = z.union([ReconcileManifest, ReconcileResults, ExtendResponse]);
type Answer = z.infer<typeof Answer>;

/** The W3C Entity Reconciliation API, version 0.2, for OpenRefine and other clients. */
@ApiTags('reconcile')
@Access({
  read: 'reader',
  keyParameter: 'key',
  ignoresUnknownParameters: true,
  anyOrigin: true,
})
@Controller('reconcile')
export class ReconcileController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get()
  @ApiOperation({
    operationId: 'getReconciliation',
    summary: 'The manifest of the reconciliation service; with `queries` or `extend`, as POST',
  })
  @ApiOkResponse({ description: 'The manifest, candidates or values', standardSchema: Answer })
  @ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
  async get(
    @Query({ schema: ReconcileRequest }) query: ReconcileRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer> {
    return this.#answer(query, reply);
  }

  // reads, by POST: a batch does not fit into a URL
  @Post()
  @Access({ change: 'reader', formMaxBytes: MAX_FORM_BYTES })
  @HttpCode(200)
  @ApiOperation({
    operationId: 'reconcile',
    summary: 'Candidates for a batch of names (`queries`), or values of properties (`extend`)',
    description:
      'docs/reconciliation.md shows how OpenRefine uses it. A candidate with `match` is the one without doubt.',
  })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOkResponse({ description: 'Candidates or values', standardSchema: Answer })
  @ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
  @ApiResponse({ status: 413, description: 'The form is too large', standardSchema: Problem })
  @ApiResponse({ status: 415, description: 'The body is no form', standardSchema: Problem })
  async post(
    @Body({ schema: ReconcileRequest.default({}) }) body: ReconcileRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer> {
    return this.#answer(body, reply);
  }

  @Get('suggest/:kind')
  @ApiOperation({
    operationId: 'suggestForReconciliation',
    summary: 'Entities, types or properties that begin with a text',
  })
  @ApiOkResponse({ description: 'Ten suggestions', standardSchema: ReconcileSuggestions })
  @ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
  async suggest(
    @Param({ schema: SuggestPath }) { kind }: SuggestPath,
    @Query({ schema: SuggestRequest }) { prefix, cursor }: SuggestRequest,
  ): Promise<ReconcileSuggestions> {
    return suggestionsOf(this.#database, kind, prefix, cursor);
  }

  @Get('flyout/:kind')
  @ApiOperation({
    operationId: 'getFlyout',
    summary: 'A small text about an entity, a type or a property, as HTML',
  })
  @ApiOkResponse({ description: 'The text', standardSchema: Flyout })
  @ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
  @ApiResponse({ status: 404, description: 'Nothing has this id', standardSchema: Problem })
  async flyout(
    @Param({ schema: SuggestPath }) { kind }: SuggestPath,
    @Query({ schema: EntityRequest }) { id }: EntityRequest,
  ): Promise<Flyout> {
    const text =
      kind === 'entity' ? entityText(await this.#entity(id)) : await this.#describe(kind, id);
    return { id, html: text.text };
  }

  @Get('properties')
  @ApiOperation({
    operationId: 'proposeProperties',
    summary: 'The properties that can be fetched of entities of a type',
  })
  @ApiOkResponse({ description: 'The properties', standardSchema: ProposedProperties })
  @ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
  async properties(
    @Query({ schema: ProposalRequest }) { type = 'title', limit }: ProposalRequest,
  ): Promise<ProposedProperties> {
    const properties = propertiesOf(type, await readSources(this.#database));
    return {
      type,
      ...(limit === undefined ? {} : { limit }),
      properties: properties.slice(0, limit).map(({ id, name }) => ({ id, name })),
    };
  }

  @Get('preview')
  @ApiOperation({ operationId: 'previewEntity', summary: 'A small page about a movie or person' })
  @ApiProduces('text/html')
  @ApiOkResponse({
    description: 'The page',
    content: { 'text/html': { schema: { type: 'string' } } },
  })
  @ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
  @ApiResponse({ status: 404, description: 'Nothing has this id', standardSchema: Problem })
  async preview(
    @Query({ schema: EntityRequest }) { id }: EntityRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const entity = await this.#entity(id);
    void reply.headers(FRAMED).removeHeader('X-Frame-Options').type('text/html; charset=utf-8');
    return entityPage(entity);
  }

  @Get('view')
  @ApiOperation({
    operationId: 'viewEntity',
    summary: 'Redirects to the page of a movie or person',
  })
  @ApiResponse({ status: 302, description: 'To its page on the site' })
  @ApiResponse({ status: 400, description: 'Invalid request', standardSchema: Problem })
  @ApiResponse({ status: 404, description: 'Nothing has this id', standardSchema: Problem })
  async view(
    @Query({ schema: EntityRequest }) { id: given }: EntityRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { id } = await this.#entity(given);
    const page = { tt: 'title', nm: 'name', mq: 'movie' }[id.slice(0, 2)] ?? 'title';
    await reply.redirect(`${request.protocol}://${request.host}/${page}/${id}`, 302);
  }

  async #answer({ queries, extend: wanted, key }: ReconcileRequest, reply: FastifyReply) {
    if (queries !== undefined)
      return answerQueries(this.#database, queries, abortWith(reply).signal);
    if (wanted !== undefined) return extend(this.#database, wanted);
    return manifestOf(reply.request, key);
  }

  /** @throws ProblemException 404 */
  async #entity(id: string): Promise<Entity> {
    const entity = await readEntity(this.#database, id);
    if (entity === null)
      throw notFound('movie or person', id, 'GET /reconcile/suggest/entity?prefix= finds ids.');
    return entity;
  }

  /** @throws ProblemException 404 */
  async #describe(kind: Exclude<SuggestKind, 'entity'>, id: string) {
    const all = kind === 'type' ? TYPES : await allProperties(this.#database);
    const found = all.find((one) => one.id === id);
    if (found === undefined)
      throw notFound(kind, id, `GET /reconcile/suggest/${kind}?prefix= finds ids.`);
    const description = 'description' in found ? found.description : '';
    return html`<p><strong>${found.name}</strong></p>
      <p>${description}</p>`;
  }
}
