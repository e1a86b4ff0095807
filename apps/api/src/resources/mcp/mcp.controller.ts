import { createMcpServer } from '@marquee/mcp';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../http/auth/access-policy.ts';
import { abortWith } from '../../http/formats/formats.ts';
import { readAs } from '../../http/site/api-reads.ts';
import { ReaderSql } from '../sql/reader-sql.ts';
import { injectedApi } from './injected-api.ts';

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
    const api = injectedApi(readAs(request));
    const handler = createMcpHandler(() => createMcpServer({ api, hasSql: this.#sql.isOn }), {
      // nothing that clients could subscribe to ever changes
      maxSubscriptions: 0,
    });
    await reply.send(await handler.fetch(webRequestOf(request, abortWith(reply).signal)));
  }
}

/** A request as the handler takes it. Its body has been parsed as JSON already. */
function webRequestOf(
  { method, host, url, headers, body }: FastifyRequest,
  signal: AbortSignal,
): Request {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one): [string, string][] => (one === undefined ? [] : [[name, one]])),
  );
  return new Request(new URL(url, `http://${host}`), {
    method,
    headers: given,
    body: JSON.stringify(body ?? null),
    signal,
  });
}
