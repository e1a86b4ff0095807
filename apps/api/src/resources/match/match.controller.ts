import { MatchedLine, MatchQuery, MAX_MATCH_LINES, Problem, TitleMatch } from '@marquee/contract';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Post,
  Query,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access, type NdjsonBody, Published } from '../../http/auth/access-policy.ts';
import { abortWith, fileOf, streamClientOf } from '../../http/formats/formats.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { matchTitle } from '../../read-models/title-match/match-title.ts';
import { LineMatcher } from './line-matcher.ts';

/** Ten thousand lines of titles, some of them long. */
const LINES: NdjsonBody = { maxBytes: 4 * 1024 * 1024, read: (text) => text };

const SCORE =
  'The score is the product of a factor for each reason: how the name matches, the difference of years, the type, the director, and the votes. docs/api.md has the numbers.';

/** Which title of IMDb a title of another source is. */
@ApiTags('search')
@Access({ read: 'reader' })
@Published()
@Controller('match')
export class MatchController {
  readonly #database: Database;
  readonly #lines: LineMatcher;

  constructor(database: Database, lines: LineMatcher) {
    this.#database = database;
    this.#lines = lines;
  }

  @Get()
  @ApiOperation({
    operationId: 'matchTitle',
    summary: 'The titles that a title and year of another source may mean, with scores and reasons',
    description: SCORE,
  })
  @ApiOkResponse({ description: 'Candidates, the best first', standardSchema: TitleMatch })
  async match(@Query({ schema: MatchQuery }) query: MatchQuery): Promise<TitleMatch> {
    return matchTitle(this.#database, query);
  }

  // reads, by POST: the lines do not fit into a URL
  @Post()
  @Access({ change: 'reader', ndjson: LINES })
  @HttpCode(200)
  @ApiOperation({
    operationId: 'matchTitles',
    summary: `Matches up to ${MAX_MATCH_LINES.toLocaleString('en')} lines of NDJSON, and streams a line for each, in their order`,
    description: `Each line is an object with the fields of \`GET /match\`, and a \`ref\` that its answer repeats. A line with a fault gets an \`error\`; the others are answered. ${SCORE}`,
  })
  @ApiConsumes('application/x-ndjson')
  @ApiBody({
    required: true,
    description: 'One JSON object a line, at most 4 MiB',
    schema: { type: 'string', example: '{"title":"The Comet Affair","year":2013,"ref":"a-17"}\n' },
  })
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ description: 'A line for each line', standardSchema: MatchedLine })
  @ApiResponse({ status: 413, description: 'Too many lines', standardSchema: Problem })
  @ApiResponse({ status: 415, description: 'The body is not NDJSON', standardSchema: Problem })
  matchLines(
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): StreamableFile {
    const lines = linesOf(body);
    const aborter = abortWith(reply);
    const answers = this.#lines.match(lines, {
      client: streamClientOf(reply),
      signal: aborter.signal,
      requestId: reply.request.id,
    });
    return fileOf({ format: 'ndjson', fields: [] }, answers, aborter);
  }
}

/** The lines of a body. @throws ProblemException 400, 413, 415 */
function linesOf(body: unknown): string[] {
  if (typeof body !== 'string')
    throw new ProblemException({
      status: 415,
      code: 'unsupported-media-type',
      detail: 'The body is not NDJSON.',
      hint: 'Send one JSON object a line, with the header content-type: application/x-ndjson.',
    });
  const lines = body
    .replace(/^\ufeff/u, '')
    .trimEnd()
    .split(/\r?\n/u);
  if (lines.length > MAX_MATCH_LINES)
    throw new ProblemException({
      status: 413,
      code: 'too-large',
      detail: `The body has ${lines.length} lines; expected at most ${MAX_MATCH_LINES}.`,
      hint: 'Send them in several requests.',
    });
  return lines;
}
