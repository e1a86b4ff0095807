import { createMcpServer } from '@marquee/mcp';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../http/auth/access-policy.ts';
import { abortWith } from '../../http/formats/formats.ts';
import { readAs } from '../../http/site/api-reads.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { ReaderSql } from '../sql/reader-sql.ts';
import { injectedApi } from './injected-api.ts';

/** Clients of 2025 may send several messages at once: one request to the rate limit, and as much work. */
const MAX_BATCH = 10;

/**
 * The Model Context Protocol over HTTP: tools that read the API. Each request is served by a server of
 * its own, whose tools read as the caller: no state is kept, and any replica answers. Host,
 * Origin, keys and limits are those of the API.
 */
@ApiExcludeController()
@Access({ read: 'reader', change: 'reader' })
@Controller('mcp')
export class McpController {
  readonly #sql: ReaderSql;

  constructor(sql: ReaderSql) {
    this.#sql = sql;
  }

  @Post()
  @HttpCode(200)
  async answer(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { body: parsedBody } = request;
    if (Array.isArray(parsedBody) && parsedBody.length > MAX_BATCH)
      throw batchTooLong(parsedBody.length);
    const api = injectedApi(readAs(request));
    const handler = createMcpHandler(() => createMcpServer({ api, hasSql: this.#sql.isOn }), {
      // nothing that clients could subscribe to ever changes
      maxSubscriptions: 0,
    });
    const asked = webRequestOf(request, abortWith(reply).signal);
    await reply.send(await handler.fetch(asked, { parsedBody }));
  }
}

function batchTooLong(messages: number): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'too-many-messages',
    detail: `The batch has ${messages} messages; expected at most ${MAX_BATCH}.`,
    hint: 'Send them one by one, as newer versions of the protocol do.',
  });
}

/** A request as the handler takes it, without its body, which has been parsed as JSON already. */
function webRequestOf(
  { method, host, url, headers }: FastifyRequest,
  signal: AbortSignal,
): Request {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one): [string, string][] => (one === undefined ? [] : [[name, one]])),
  );
  return new Request(new URL(url, `http://${host}`), {
    method,
    headers: given,
    signal,
  });
}
