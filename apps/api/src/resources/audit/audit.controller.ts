import { AuditPage, AuditQuery, type ListPage } from '@marquee/contract';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { ApiList } from '../../http/formats/api-list.ts';
import { answerList } from '../../http/formats/answer-list.ts';
import { AUDIT } from '../../http/audit/audit-log.ts';
import { Access } from '../../http/auth/access-policy.ts';

@ApiTags('keys')
@Access({ read: 'admin' })
@Controller('audit')
export class AuditController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get()
  @ApiOperation({
    operationId: 'listAudit',
    summary:
      'The audit log: requests that needed an operator or admin and could change something, newest first',
  })
  @ApiList(AuditPage, 'A page of entries')
  async list(
    @Query({ schema: AuditQuery }) query: AuditQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | StreamableFile> {
    return answerList(this.#database, AUDIT, query, reply);
  }
}
