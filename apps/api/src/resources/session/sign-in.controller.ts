import { Problem, SignedOut, SignInQuery, SignOutNotice, type Role } from '@marquee/contract';
import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditLog } from '../../http/audit/audit-log.ts';
import { askedBy } from '../../http/audit/audit-hook.ts';
import { Access } from '../../http/auth/access-policy.ts';
import { roleOf } from '../../http/auth/oidc-settings.ts';
import { SignIn } from '../../http/auth/sign-in.ts';
import { noRole, signInExpired } from '../../http/auth/sign-in-problems.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

const MAX_NOTICE_BYTES = 32_768;

/** The sign-in of people with an identity provider (OpenID Connect). */
@ApiTags('keys')
@Access({ read: 'anyone', change: 'anyone' })
@Controller()
export class SignInController {
  readonly #signIn: SignIn;
  readonly #audit: AuditLog;

  constructor(signIn: SignIn, audit: AuditLog) {
    this.#signIn = signIn;
    this.#audit = audit;
  }

  @Get('sign-in/start')
  @Access({ ignoresUnknownParameters: true })
  @ApiExcludeEndpoint()
  async start(
    @Query({ schema: SignInQuery }) { return_to: returnTo, moved }: SignInQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { provider, cookies } = this.#signIn.expect();
    const { publicUrl } = provider.settings;
    // the cookie of this sign-in belongs to the name that the provider sends the browser back to
    if (request.host !== publicUrl.host && moved === undefined) {
      const query = new URLSearchParams({ return_to: returnTo, moved: '1' }).toString();
      await reply.redirect(new URL(`/sign-in/start?${query}`, publicUrl).href, 303);
      return;
    }
    await answerPage(request, reply, async () => {
      const { url, pending } = await provider.begin(returnTo);
      void reply.header('Set-Cookie', cookies.pending(pending));
      return url.href;
    });
  }

  @Get('sign-in/callback')
  // providers add parameters of their own
  @Access({ ignoresUnknownParameters: true })
  @ApiExcludeEndpoint()
  async callback(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { provider, persons, cookies } = this.#signIn.expect();
    await answerPage(request, reply, async () => {
      const pending = cookies.pendingOf(request);
      const query = new URL(request.url, provider.settings.publicUrl);
      if (pending === null) throw signInExpired('this browser has not begun it');
      if (query.searchParams.get('state') !== pending.state)
        throw signInExpired('its state is that of another one');
      // whatever comes of it, its state and code are good once; one of another tab goes on
      void reply.header('Set-Cookie', cookies.pending(null));
      const person = await provider.redeem(query.search, pending);
      const role = roleOf(person.values, provider.settings.roles);
      const { issuer, subject, name } = person;
      this.#signIn.log.info({ request: request.id, issuer, subject, role }, 'sign-in');
      await this.#record(request, { issuer, subject, name, role });
      if (role === null) throw noRole(provider.settings.rolesClaim);
      // a token from before the sign-in is worth nothing after it
      await this.#signIn.endSessions(request);
      const token = await persons.start(person);
      void reply.header('Set-Cookie', [
        ...this.#signIn.endedCookies(request),
        cookies.session(token, provider.settings.sessionHours),
      ]);
      return returnUrl(pending.returnTo, provider.settings.publicUrl);
    });
  }

  @Post('sign-out')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'signOutEverywhere',
    summary: 'Sign out, of the identity provider too',
    description:
      'The session of this browser ends. Of one that an identity provider has started, the answer is where the browser ends its session at the provider.',
  })
  @ApiOkResponse({ description: 'Nobody is signed in any more', standardSchema: SignedOut })
  @ApiResponse({
    status: 403,
    description: 'The request comes from another website',
    standardSchema: Problem,
  })
  async signOut(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedOut> {
    const wasPerson = await this.#signIn.endSessions(request);
    void reply.header('Set-Cookie', this.#signIn.endedCookies(request));
    return { provider: wasPerson ? await this.#signIn.expect().provider.signOutUrl() : null };
  }

  /** Back-channel logout: the provider says that sessions have ended there. */
  @Post('sign-out/notice')
  @HttpCode(200)
  @Access({ formMaxBytes: MAX_NOTICE_BYTES })
  @ApiExcludeEndpoint()
  async notice(
    @Body({ schema: SignOutNotice }) { logout_token: token }: SignOutNotice,
    @Req() { id }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { provider, persons } = this.#signIn.expect();
    const ended = await provider.checkNotice(token);
    const sessions = await persons.endProvided(ended);
    this.#signIn.log.info({ request: id, ...ended, sessions }, 'sign-out at the provider');
    void reply.header('Cache-Control', 'no-store');
  }

  async #record(
    request: FastifyRequest,
    { role, ...person }: { issuer: string; subject: string; name: string; role: Role | null },
  ): Promise<void> {
    const { name: keyName, issuer, subject } = person;
    const asked = { ...askedBy(request, { role }), method: 'SIGN-IN', keyId: null };
    const entry = await this.#audit.begin({ ...asked, keyName, issuer, subject });
    await this.#audit.end(entry, role === null ? 403 : 303, null);
  }
}

/** A page of this server; of another origin, which only a made-up cookie names, the first page. */
function returnUrl(path: string, publicUrl: URL): string {
  const isValid = SignInQuery.safeParse({ return_to: path }).success;
  return new URL(isValid ? path : '/', publicUrl).href;
}

/**
 * Sends a browser on. If that fails, a page says why; programs get the problem.
 *
 * @param next where to
 */
async function answerPage(
  request: FastifyRequest,
  reply: FastifyReply,
  next: () => Promise<string>,
): Promise<void> {
  void reply.header('Cache-Control', 'no-store');
  try {
    await reply.redirect(await next(), 303);
  } catch (error) {
    const wantsPage = request.headers.accept?.includes('text/html') === true;
    if (!wantsPage || !(error instanceof ProblemException)) throw error;
    await reply.redirect(`/sign-in?problem=${error.fields.code}`, 303);
  }
}
