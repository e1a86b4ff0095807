import type { Logger } from '@marquee/process';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { IdentityProvider } from './identity-provider.ts';
import type { PersonSessions } from './person-sessions.ts';
import { sessionCookie, sessionTokenOf } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import type { SignInCookies } from './sign-in-cookies.ts';
import { noProvider } from './sign-in-problems.ts';

/** What the sign-in with an identity provider is made of. */
export interface SignInParts {
  readonly provider: IdentityProvider;
  readonly persons: PersonSessions;
  readonly cookies: SignInCookies;
}

/** The sign-in of browsers: with keys, and with an identity provider if the settings name one. */
export class SignIn implements OnApplicationShutdown {
  /** Null without a provider. */
  readonly parts: SignInParts | null;
  readonly log: Logger;
  readonly #sessions: Sessions;

  constructor(parts: SignInParts | null, sessions: Sessions, log: Logger) {
    this.parts = parts;
    this.log = log;
    this.#sessions = sessions;
  }

  /** @throws ProblemException 404 without a provider */
  expect(): SignInParts {
    if (this.parts === null) throw noProvider();
    return this.parts;
  }

  /** Ends the sessions of a browser. @returns whether it had one of a person */
  async endSessions(request: FastifyRequest): Promise<boolean> {
    const ofKey = sessionTokenOf(request);
    if (ofKey !== null) await this.#sessions.end(ofKey);
    const { persons, cookies } = this.parts ?? {};
    const ofPerson = cookies?.tokenOf(request) ?? null;
    return ofPerson !== null && (await persons?.end(ofPerson)) === true;
  }

  /** Set-Cookie headers that take the sessions away. A later one of the same name wins. */
  endedCookies(request: FastifyRequest): string[] {
    const ofPerson = this.parts?.cookies.session(null, 0);
    return [sessionCookie(request, null), ...(ofPerson === undefined ? [] : [ofPerson])];
  }

  async onApplicationShutdown(): Promise<void> {
    await this.parts?.provider.close();
  }
}
