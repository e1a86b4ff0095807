import {
  MoviePicturesPath,
  NamePicturesPath,
  Picture,
  PictureList,
  PicturePath,
  PictureRemoval,
  PictureUpload,
  Problem,
  type PictureFormat,
  type PictureKind,
  type PictureWidth,
} from '@marquee/contract';
import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Put,
  Query,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../database/database.ts';
import { Access } from '../../http/auth/access-policy.ts';
import { nameOfCaller } from '../../http/auth/caller.ts';
import { bodyOf } from '../../http/formats/request-bodies.ts';
import { notFound } from '../../problems/problem-exception.ts';
import { readMovieDocuments } from '../../read-models/movies/movie-documents.ts';
import { readPictures } from '../../read-models/pictures/pictures.ts';
import { readNames } from '../../read-models/text-search/found-rows.ts';
import { PictureStore } from './picture-store.ts';

const MEDIA_TYPES = { webp: 'image/webp', jpg: 'image/jpeg', avif: 'image/avif' } as const;

const YEAR_SECONDS = 365 * 24 * 3600;

const UPLOAD = { schema: { type: 'string', format: 'binary' } } as const;

/** Pictures of movies and people. */
@ApiTags('pictures')
@Access({ read: 'reader', change: 'operator' })
@Controller()
export class PicturesController {
  readonly #database: Database;
  readonly #pictures: PictureStore;

  constructor(database: Database, pictures: PictureStore) {
    this.#database = database;
    this.#pictures = pictures;
  }

  @Get('movies/:id/pictures')
  @ApiOperation({ operationId: 'listMoviePictures', summary: 'The pictures of a movie' })
  @ApiOkResponse({ description: 'Uploads, then those of sources', standardSchema: PictureList })
  @ApiResponse({ status: 404, description: 'No movie has this id', standardSchema: Problem })
  async ofMovie(
    @Param({ schema: MoviePicturesPath }) { id }: MoviePicturesPath,
  ): Promise<PictureList> {
    return { items: await readPictures(this.#database, await this.#movie(id)) };
  }

  @Put('movies/:id/pictures')
  @Access({ streamedBody: true })
  @ApiOperation({
    operationId: 'addMoviePicture',
    summary: 'Adds a picture to a movie: a JPEG, PNG, WebP, AVIF or GIF of up to 20 MiB',
    description: 'What it is follows from its content, not from its type or name.',
  })
  @ApiConsumes('application/octet-stream', 'image/*')
  @ApiBody(UPLOAD)
  @ApiOkResponse({ description: 'The picture', standardSchema: Picture })
  @ApiResponse({ status: 404, description: 'No movie has this id', standardSchema: Problem })
  @ApiResponse({ status: 413, description: 'The file is too large', standardSchema: Problem })
  @ApiResponse({ status: 415, description: 'The body is no picture', standardSchema: Problem })
  async addToMovie(
    @Param({ schema: MoviePicturesPath }) { id }: MoviePicturesPath,
    @Query({ schema: PictureUpload }) { kind = 'poster' }: PictureUpload,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Picture> {
    return this.#add(async () => this.#movie(id), kind, reply);
  }

  @Delete('movies/:id/pictures')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'removeMoviePictures',
    summary: 'Removes uploaded pictures of a movie',
  })
  @ApiNoContentResponse({ description: 'Removed' })
  @ApiResponse({ status: 404, description: 'It has no such upload', standardSchema: Problem })
  async removeFromMovie(
    @Param({ schema: MoviePicturesPath }) { id }: MoviePicturesPath,
    @Query({ schema: PictureRemoval }) removal: PictureRemoval,
  ): Promise<void> {
    const movie = await this.#movie(id);
    const former = await this.#database.read<{ id: string }>(
      { name: 'former ids', text: 'select id from movies.redirect where movie = $1::text' },
      [movie],
    );
    await this.#remove([id, movie, ...former.map((one) => one.id)], removal);
  }

  @Get('names/:nconst/pictures')
  @ApiOperation({ operationId: 'listNamePictures', summary: 'The pictures of a person' })
  @ApiOkResponse({ description: 'The pictures, newest first', standardSchema: PictureList })
  @ApiResponse({ status: 404, description: 'No person has this id', standardSchema: Problem })
  async ofName(
    @Param({ schema: NamePicturesPath }) { nconst }: NamePicturesPath,
  ): Promise<PictureList> {
    return { items: await readPictures(this.#database, await this.#person(nconst)) };
  }

  @Put('names/:nconst/pictures')
  @Access({ streamedBody: true })
  @ApiOperation({
    operationId: 'addNamePicture',
    summary: 'Adds a picture to a person: a JPEG, PNG, WebP, AVIF or GIF of up to 20 MiB',
  })
  @ApiConsumes('application/octet-stream', 'image/*')
  @ApiBody(UPLOAD)
  @ApiOkResponse({ description: 'The picture', standardSchema: Picture })
  @ApiResponse({ status: 404, description: 'No person has this id', standardSchema: Problem })
  @ApiResponse({ status: 413, description: 'The file is too large', standardSchema: Problem })
  @ApiResponse({ status: 415, description: 'The body is no picture', standardSchema: Problem })
  async addToName(
    @Param({ schema: NamePicturesPath }) { nconst }: NamePicturesPath,
    @Query({ schema: PictureUpload }) { kind = 'portrait' }: PictureUpload,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Picture> {
    return this.#add(async () => this.#person(nconst), kind, reply);
  }

  @Delete('names/:nconst/pictures')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'removeNamePictures',
    summary: 'Removes uploaded pictures of a person',
  })
  @ApiNoContentResponse({ description: 'Removed' })
  @ApiResponse({ status: 404, description: 'They have no such upload', standardSchema: Problem })
  async removeFromName(
    @Param({ schema: NamePicturesPath }) { nconst }: NamePicturesPath,
    @Query({ schema: PictureRemoval }) removal: PictureRemoval,
  ): Promise<void> {
    await this.#remove([nconst], removal);
  }

  @Get('pictures/:sha256/:file')
  @ApiOperation({
    operationId: 'getPicture',
    summary: 'A picture in a width and format, upright and without EXIF data',
    description:
      'Its address never changes what it shows: clients may keep it for a year. `original` is at most 4096 pixels a side.',
  })
  @ApiProduces('image/webp', 'image/jpeg', 'image/avif')
  @ApiOkResponse({ description: 'The picture', content: { 'image/*': UPLOAD } })
  @ApiResponse({ status: 304, description: 'If-None-Match has its ETag' })
  @ApiResponse({ status: 404, description: 'No picture has this SHA-256', standardSchema: Problem })
  async serve(
    @Param({ schema: PicturePath }) { sha256, file }: PicturePath,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const [width, format] = file.split('.') as [PictureWidth, PictureFormat];
    const etag = `"${sha256.slice(0, 32)}-${file}"`;
    const scope = request.caller?.key ? 'private' : 'public';
    const headers = {
      ETag: etag,
      'Cache-Control': `${scope}, max-age=${YEAR_SECONDS}, immutable`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
    };
    if (request.headers['if-none-match']?.includes(etag) === true) {
      void reply.headers(headers).status(304);
      return undefined;
    }
    const { content, bytes } = await this.#pictures.open(sha256, { width, format });
    void reply.headers(headers);
    return new StreamableFile(content, { type: MEDIA_TYPES[format], length: bytes });
  }

  async #add(
    findEntity: () => Promise<string>,
    kind: PictureKind,
    reply: FastifyReply,
  ): Promise<Picture> {
    const { request } = reply;
    // until all is read: the rest of a refused body would be taken for the next request
    void reply.header('Connection', 'close');
    const entity = await findEntity();
    const picture = await this.#pictures.add(entity, kind, bodyOf(request), nameOfCaller(request));
    reply.removeHeader('Connection');
    return picture;
  }

  /** @throws ProblemException 404 */
  async #remove(entities: readonly string[], removal: PictureRemoval): Promise<void> {
    if ((await this.#pictures.remove(entities, removal)) === 0)
      throw notFound(
        'upload',
        removal.sha256 ?? removal.kind ?? '',
        'Pictures of sources go with their deliveries; GET …/pictures lists all.',
      );
  }

  /** The present id of a movie. @throws ProblemException 404 */
  async #movie(id: string): Promise<string> {
    const movie = (await readMovieDocuments(this.#database, [id])).get(id);
    if (movie === undefined) throw notFound('movie', id, 'GET /match and /search find ids.');
    return movie.id;
  }

  /** @throws ProblemException 404 */
  async #person(nconst: string): Promise<string> {
    const people = await readNames(this.#database, [{ kind: 'name', id: nconst }]);
    if (!people.has(nconst)) throw notFound('person', nconst, 'GET /search finds ids.');
    return nconst;
  }
}
