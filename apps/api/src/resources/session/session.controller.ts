import { Problem, Session, SessionRequest } from '@marquee/contract';
import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../http/auth/access-policy.ts';
import { ApiKeys, type ApiKey } from '../../http/auth/api-keys.ts';
import { sessionCookie } from '../../http/auth/session-cookie.ts';
import { Sessions } from '../../http/auth/sessions.ts';
import { SignIn } from '../../http/auth/sign-in.ts';
import { invalidKey, keyOfSource } from '../../http/guard/request-errors.ts';

const CROSS_SITE = 'The request comes from another website';

/** The sign-in of the site. */
@ApiTags('keys')
@Access({ read: 'anyone', change: 'anyone' })
@Controller('session')
export class SessionController {
  readonly #keys: ApiKeys;
  readonly #sessions: Sessions;
  readonly #signIn: SignIn;

  constructor(keys: ApiKeys, sessions: Sessions, signIn: SignIn) {
    this.#keys = keys;
    this.#sessions = sessions;
    this.#signIn = signIn;
  }

  // the guard has counted the request for its address: guessing keys gains nothing
  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'signIn',
    summary: 'Sign in with a key: the answer sets a cookie that stands for it',
    description:
      'For pages of this server: scripts cannot read the cookie, pages of other websites cannot send it, and it is valid for changes from pages of this server only. It lasts 90 days, and ends at once when the key is revoked or expires.',
  })
  @ApiOkResponse({ description: 'Who has signed in', standardSchema: Session })
  @ApiResponse({ status: 401, description: 'The key is not valid', standardSchema: Problem })
  @ApiResponse({
    status: 403,
    description: `${CROSS_SITE}, or the key only delivers to a source`,
    standardSchema: Problem,
  })
  async signIn(
    @Body({ schema: SessionRequest }) { key: secret }: SessionRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Session> {
    const key = this.#keys.recall(secret) ?? (await this.#keys.find(secret));
    if (typeof key === 'string') throw invalidKey(key);
    if (key.source !== null) throw keyOfSource(key.source);
    await this.#signIn.endSessions(request);
    const [, ...ofPerson] = this.#signIn.endedCookies(request);
    const token = await this.#sessions.start(secret);
    void reply.header('Set-Cookie', [...ofPerson, sessionCookie(request, token)]);
    return this.#describe(key);
  }

  @Get()
  @ApiOperation({
    operationId: 'getSession',
    summary: 'Who has signed in, and what needs a key on this server',
  })
  @ApiOkResponse({ description: 'Who has signed in, if anybody', standardSchema: Session })
  get(@Req() { caller }: FastifyRequest): Session {
    return this.#describe(caller?.key ?? null);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ operationId: 'signOut', summary: 'Sign out: the session ends' })
  @ApiNoContentResponse({ description: 'Nobody is signed in any more' })
  @ApiResponse({ status: 403, description: CROSS_SITE, standardSchema: Problem })
  async signOut(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.#signIn.endSessions(request);
    void reply.header('Set-Cookie', this.#signIn.endedCookies(request));
  }

  #describe(key: ApiKey | null): Session {
    const provider = this.#signIn.parts?.provider.settings.name ?? null;
    return { ...this.#sessions.describe(key), provider };
  }
}
