import { Problem, SqlRequest, SqlRows } from '@marquee/contract';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Access } from '../../http/auth/access-policy.ts';
import { ReaderSql } from './reader-sql.ts';

/** Statements of people, if `API_SQL` is true. */
@ApiTags('sql')
@Access({ read: 'reader', change: 'reader' })
@Controller('sql')
export class SqlController {
  readonly #sql: ReaderSql;

  constructor(sql: ReaderSql) {
    this.#sql = sql;
  }

  // reads, by POST: a statement may not fit into a URL
  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'runSql',
    summary: 'The rows of a select, as the role that only reads; off unless API_SQL is true',
    description:
      'One statement, of at most ten seconds, that PostgreSQL runs as a subquery. docs/sql.md describes the tables.',
  })
  @ApiOkResponse({ description: 'The rows', standardSchema: SqlRows })
  @ApiResponse({
    status: 403,
    description: 'It is switched off, or the key does not suffice',
    standardSchema: Problem,
  })
  async run(@Body({ schema: SqlRequest }) request: SqlRequest): Promise<SqlRows> {
    return this.#sql.read(request);
  }
}
