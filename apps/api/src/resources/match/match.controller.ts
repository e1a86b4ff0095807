import { MatchedLine, MatchQuery, Problem, TitleMatch } from '@marquee/contract';
import { Controller, Get, HttpCode, Post, Query, Res, type StreamableFile } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access, PublishedMovies } from '../../http/auth/access-policy.ts';
import { bodyOf, hasBody } from '../../http/formats/request-bodies.ts';
import { abortWith, fileOf, streamClientOf } from '../../http/formats/formats.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { matchTitle } from '../../read-models/title-match/match-title.ts';
import { LineMatcher, MAX_LINE_LENGTH } from './line-matcher.ts';
import { linesOf } from './lines.ts';

const NDJSON = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl']);

const SCORE =
  'The score is the product of a factor for each reason: how the name matches, the difference of years, the type, the director, and the votes. docs/api.md has the numbers.';

/** Which movie a title of another source is. */
@ApiTags('search')
@Access({ read: 'reader' })
@PublishedMovies()
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
  @Access({ change: 'reader', streamedBody: true })
  @HttpCode(200)
  @ApiOperation({
    operationId: 'matchTitles',
    summary: 'Matches any number of lines of NDJSON, and streams a line for each, in their order',
    description: `Each line is an object with the fields of \`GET /match\`, and a \`ref\` that its answer repeats. A line with a fault gets an \`error\`; the others are answered. Answers begin with the first line: read them while you send, or the server waits for you. ${SCORE}`,
  })
  @ApiConsumes('application/x-ndjson')
  @ApiBody({
    required: true,
    description: 'One JSON object a line',
    schema: { type: 'string', example: '{"title":"The Comet Affair","year":2013,"ref":"a-17"}\n' },
  })
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ description: 'A line for each line', standardSchema: MatchedLine })
  @ApiResponse({ status: 415, description: 'The body is not NDJSON', standardSchema: Problem })
  matchLines(@Res({ passthrough: true }) reply: FastifyReply): StreamableFile {
    const aborter = abortWith(reply);
    // until all is read: the rest of a refused body would be taken for the next request
    void reply.header('Connection', 'close');
    expectLines(reply.request);
    const answers = this.#lines.match(linesOf(bodyOf(reply.request), MAX_LINE_LENGTH), {
      client: streamClientOf(reply),
      signal: aborter.signal,
      requestId: reply.request.id,
    });
    return fileOf({ format: 'ndjson', fields: [] }, answers, aborter);
  }
}

/** @throws ProblemException 415 */
function expectLines({ raw, headers }: FastifyRequest): void {
  // a streamed body has lost its type
  const [type = ''] = (raw.headers['content-type'] ?? '').toLowerCase().split(';');
  if (!hasBody({ headers }) || NDJSON.has(type.trim())) return;
  throw new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: 'The body is not NDJSON.',
    hint: 'Send one JSON object a line, with the header content-type: application/x-ndjson.',
  });
}
