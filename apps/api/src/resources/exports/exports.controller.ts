import { requestExport } from '@marquee/catalogue';
import {
  Export,
  ExportDetails,
  ExportFilePath,
  ExportList,
  ExportPath,
  ExportRequest,
  Problem,
  type ExportFile,
} from '@marquee/contract';
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import parseRange from 'range-parser';
import { DataSource } from 'typeorm';
import { Access } from '../../http/auth/access-policy.ts';
import { nameOfCaller } from '../../http/auth/caller.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { Wakes } from '../sources/wakes.ts';
import { ExportReader } from './export-reader.ts';

const MEDIA_TYPES = {
  parquet: 'application/vnd.apache.parquet',
  duckdb: 'application/octet-stream',
  sqlite: 'application/vnd.sqlite3',
} as const;

const YEAR_SECONDS = 365 * 24 * 3600;

const FILE = { schema: { type: 'string', format: 'binary' } } as const;

const NO_EXPORT = {
  status: 404,
  description: 'There is no such export, or no such file',
  standardSchema: Problem,
} as const;

/** The published tables as files. */
@ApiTags('exports')
@Access({ read: 'reader', change: 'operator' })
@Controller('exports')
export class ExportsController {
  readonly #exports: ExportReader;
  readonly #dataSource: DataSource;
  readonly #wakes: Wakes;

  constructor(exports: ExportReader, dataSource: DataSource, wakes: Wakes) {
    this.#exports = exports;
    this.#dataSource = dataSource;
    this.#wakes = wakes;
  }

  @Get()
  @ApiOperation({ operationId: 'listExports', summary: 'The exports, newest first' })
  @ApiOkResponse({ description: 'The exports', standardSchema: ExportList })
  async list(): Promise<ExportList> {
    return { items: await this.#exports.list() };
  }

  @Post()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'makeExport',
    summary: 'Make an export: all tables as Parquet, and as one DuckDB or SQLite file',
    description:
      'If the newest export has the same rows and the formats, it is answered, with 200. `marquee exports make` waits for the end.',
  })
  @ApiBody({ required: false })
  @ApiAcceptedResponse({ description: 'The export, which is made soon', standardSchema: Export })
  @ApiOkResponse({ description: 'The export that has it all already', standardSchema: Export })
  @ApiResponse({ status: 409, description: 'Nothing is published yet', standardSchema: Problem })
  async make(
    @Body({ schema: ExportRequest }) { formats, again }: ExportRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Export> {
    const asked = await requestExport(
      async (statement, values) =>
        this.#dataSource.query<{ id: string; isNew: boolean }[]>(statement, values),
      { formats, again, requestedBy: nameOfCaller(request) },
    );
    if (asked === null)
      throw new ProblemException({
        status: 409,
        code: 'nothing-published',
        detail: 'Nothing is published yet, so there is nothing to export.',
        hint: 'POST /updatedata downloads, loads and publishes.',
      });
    if (asked.isNew) await this.#wakes.export();
    const { manifest: _, ...found } = await this.#exports.find(asked.id);
    void reply.status(found.state === 'done' ? 200 : 202).header('Location', found.url);
    return found;
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getExport',
    summary: 'An export: its progress, or its tables and files',
  })
  @ApiOkResponse({ description: 'The export', standardSchema: ExportDetails })
  @ApiResponse(NO_EXPORT)
  async get(@Param({ schema: ExportPath }) { id }: ExportPath): Promise<ExportDetails> {
    return this.#exports.find(id);
  }

  @Get(':id/:file')
  @ApiOperation({
    operationId: 'getExportFile',
    summary: 'A file of an export, whole or in part',
    description:
      'A file never changes: clients may keep it for a year. `latest` redirects to the newest export. `manifest.json` is the manifest, as in the snapshot store.',
  })
  @ApiHeader({
    name: 'Range',
    required: false,
    description: 'A part, such as bytes=0-1023; of several, none is honoured',
    schema: { type: 'string', example: 'bytes=0-1023' },
  })
  @ApiProduces(...new Set(Object.values(MEDIA_TYPES)), 'application/json')
  @ApiResponse({ status: 200, description: 'The file', content: { 'application/*': FILE } })
  @ApiResponse({ status: 206, description: 'The part', content: { 'application/*': FILE } })
  @ApiResponse({ status: 304, description: 'If-None-Match has its ETag' })
  @ApiResponse({ status: 307, description: 'The same file of the newest export' })
  @ApiResponse(NO_EXPORT)
  @ApiResponse({ status: 409, description: 'The export is not done', standardSchema: Problem })
  @ApiResponse({ status: 410, description: 'It is no longer kept', standardSchema: Problem })
  @ApiResponse({ status: 416, description: 'It has no such part', standardSchema: Problem })
  async serve(
    @Param({ schema: ExportFilePath }) { id, file: name }: ExportFilePath,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | string | undefined> {
    const manifest = await this.#exports.manifest(id);
    if (id === 'latest') {
      const location = `/exports/${manifest.id}/${name}`;
      void reply.status(307).headers({ Location: location, 'Cache-Control': 'no-cache' });
      return undefined;
    }
    if (name === 'manifest.json') {
      void reply.header('Cache-Control', cacheControl(request)).type('application/json');
      return `${JSON.stringify(manifest, null, 2)}\n`;
    }
    return this.#send(await this.#exports.file(id, name), request, reply);
  }

  async #send(
    file: ExportFile,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const { headers, method } = request;
    const etag = `"${file.sha256}"`;
    void reply.headers({
      ETag: etag,
      'Accept-Ranges': 'bytes',
      'Cache-Control': cacheControl(request),
    });
    if (headers['if-none-match']?.includes(etag) === true) {
      void reply.status(304);
      return undefined;
    }
    const range = rangeOf(headers, etag, file);
    if (range !== undefined)
      void reply
        .status(206)
        .header('Content-Range', `bytes ${range.start}-${range.end}/${file.bytes}`);
    const length = range === undefined ? file.bytes : range.end - range.start + 1;
    void reply.headers({
      'Content-Type': MEDIA_TYPES[file.format],
      'Content-Length': length,
      'Content-Disposition': `attachment; filename="${file.name}"`,
      ...(range === undefined && {
        'Repr-Digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
      }),
    });
    // of a HEAD, Fastify would read the whole file, to send none of it
    if (method === 'HEAD') return new StreamableFile(Readable.from([]));
    return new StreamableFile(await this.#exports.open(file, range));
  }
}

/** The part that a request asks for; undefined for the whole file. @throws ProblemException 416 */
function rangeOf(
  headers: FastifyRequest['headers'],
  etag: string,
  { bytes, name }: ExportFile,
): { readonly start: number; readonly end: number } | undefined {
  const { range, 'if-range': ifRange } = headers;
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const parts = parseRange(bytes, range);
  if (parts === -1)
    throw new ProblemException({
      status: 416,
      code: 'no-such-range',
      detail: `${name} has ${bytes} bytes; the request asks for ${range}.`,
      hint: 'Ask for bytes that it has: HEAD returns its size.',
      headers: { 'Content-Range': `bytes */${bytes}` },
    });
  return parts === -2 || parts.type !== 'bytes' || parts.length !== 1 ? undefined : parts[0];
}

function cacheControl({ caller }: FastifyRequest): string {
  return `${caller?.key ? 'private' : 'public'}, max-age=${YEAR_SECONDS}, immutable`;
}
