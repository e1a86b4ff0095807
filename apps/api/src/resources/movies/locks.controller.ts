import { Lock, LockList, LockPath, LockRequest, MoviePath, Problem } from '@marquee/contract';
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Put, Req } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access } from '../../http/auth/access-policy.ts';
import { nameOfCaller } from '../../http/auth/caller.ts';
import { MovieLocks } from './movie-locks.ts';
import { MovieReader } from './movie-reader.ts';

const NO_MOVIE = { status: 404, description: 'No movie has this id', standardSchema: Problem };

/** Values that people have set for fields of movies. */
@ApiTags('movies')
@Access({ read: 'reader', change: 'operator' })
@Controller('movies/:id/locks')
export class LocksController {
  readonly #movies: MovieReader;
  readonly #locks: MovieLocks;

  constructor(movies: MovieReader, locks: MovieLocks) {
    this.#movies = movies;
    this.#locks = locks;
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'listLocks', summary: 'The locks of a movie' })
  @ApiOkResponse({ description: 'The locks', standardSchema: LockList })
  @ApiResponse(NO_MOVIE)
  async list(@Param({ schema: MoviePath }) { id }: MoviePath): Promise<LockList> {
    return { items: await this.#locks.list(await this.#movies.currentId(id)) };
  }

  @Put(':field')
  @ApiOperation({
    operationId: 'lockField',
    summary: 'Set a field of a movie, over all sources; null sets it to empty',
    description: 'The movie is merged again within seconds: GET /movies/{id} shows it then.',
  })
  @ApiOkResponse({ description: 'The lock', standardSchema: Lock })
  @ApiResponse(NO_MOVIE)
  async lock(
    @Param({ schema: LockPath }) { id, field }: LockPath,
    @Body({ schema: LockRequest }) body: LockRequest,
    @Req() request: FastifyRequest,
  ): Promise<Lock> {
    const movie = await this.#movies.currentId(id);
    return this.#locks.set(movie, field, body, nameOfCaller(request));
  }

  @Delete(':field')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'unlockField',
    summary: 'Remove a lock: the rule of the field counts again',
  })
  @ApiNoContentResponse({ description: 'The lock is removed' })
  @ApiResponse({
    status: 404,
    description: 'No movie has this id, or the field is not locked',
    standardSchema: Problem,
  })
  async unlock(
    @Param({ schema: LockPath }) { id, field }: LockPath,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const movie = await this.#movies.currentId(id);
    await this.#locks.remove(movie, field, nameOfCaller(request));
  }
}
