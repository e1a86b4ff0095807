import { AuditPage, AuditQuery, Problem } from '@marquee/contract';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AuditLog } from './audit-log.ts';

@ApiTags('keys')
@ApiResponse({ status: 400, description: 'The input is not right', standardSchema: Problem })
@Controller('audit')
export class AuditController {
  readonly #audit: AuditLog;

  constructor(audit: AuditLog) {
    this.#audit = audit;
  }

  @Get()
  @ApiOperation({ operationId: 'listAudit', summary: 'Who asked for what that could change anything, newest first' })
  @ApiOkResponse({ description: 'A page of entries', standardSchema: AuditPage })
  async list(@Query({ schema: AuditQuery }) { limit, before }: AuditQuery): Promise<AuditPage> {
    return this.#audit.list(limit, before);
  }
}
