import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

/** A client of {@link TestProvider}. */
export const CLIENT = { id: 'marquee', secret: 'a secret of the test' } as const;

/** The groups of each person who has an account. */
const PEOPLE: Readonly<Record<string, readonly string[]>> = {
  ada: ['staff', 'film-crew'],
  grace: ['film-admins'],
  mallory: [],
};

/** Of every start: a provider that comes back has the keys that it had. */
const KEYS = generateKeyPair('RS256', { extractable: true });

interface Fault {
  readonly claims?: JWTPayload;
  readonly kid?: string;
}

/**
 * A certified OpenID provider on loopback, with forms for signing in. A test may let it sign its
 * next ID token with other claims or another key.
 */
export class TestProvider {
  readonly issuer: string;
  fault: Fault | null = null;
  readonly #server: Server;
  readonly #key: CryptoKey;

  private constructor(issuer: string, server: Server, key: CryptoKey) {
    this.issuer = issuer;
    this.#server = server;
    this.#key = key;
  }

  /** @param origins of the servers that people sign in to */
  static async start(port: number, origins: readonly string[]): Promise<TestProvider> {
    const issuer = `http://127.0.0.1:${port}`;
    const { privateKey } = await KEYS;
    const jwk = { ...(await exportJWK(privateKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    const provider = new Provider(issuer, configurationOf(origins, jwk));
    const server = createServer();
    const started = new TestProvider(issuer, server, privateKey);
    provider.use(async (context, next) => {
      await next();
      const { body } = context as { body?: { id_token?: string } };
      if (started.fault !== null && typeof body === 'object' && body.id_token !== undefined)
        body.id_token = await started.#forge(body.id_token, started.fault);
    });
    const answer = provider.callback();
    server.on('request', (request, response) => void answer(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return started;
  }

  /** A notice that the sessions of a person have ended. */
  async logoutToken(claims: JWTPayload): Promise<string> {
    return this.#sign(
      {
        iss: this.issuer,
        aud: CLIENT.id,
        iat: Math.floor(Date.now() / 1000),
        jti: crypto.randomUUID(),
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        ...claims,
      },
      'one',
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #forge(token: string, { claims, kid = 'one' }: Fault): Promise<string> {
    const [, payload = ''] = token.split('.');
    const own = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload;
    return this.#sign({ ...own, ...claims }, kid);
  }

  async #sign(claims: JWTPayload, kid: string): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(this.#key);
  }
}

function configurationOf(origins: readonly string[], key: JWK): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: origins.map((origin) => `${origin}/sign-in/callback`),
        post_logout_redirect_uris: origins.map((origin) => `${origin}/`),
      },
    ],
    jwks: { keys: [key] },
    ttl: { AccessToken: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    cookies: { keys: ['a key of the test'] },
    claims: { openid: ['sub'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    pkce: { required: () => true },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({
        sub: accountId,
        name: `${accountId} of the films`,
        groups: [...(PEOPLE[accountId] ?? [])],
      }),
    }),
    // nobody is asked whether a server may know their name
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: CLIENT.id,
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile groups');
      await grant.save();
      return grant;
    },
  };
}

/** Sends a browser's sign-in through the forms of the provider. @returns where it is sent back to */
export async function signInAt(url: string, login: string): Promise<string> {
  const cookies = new Map<string, string>();
  const visit = async (to: string, form?: Record<string, string>): Promise<string> => {
    const answer = await fetch(to, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    await answer.body?.cancel();
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/u.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    return new URL(answer.headers.get('location') ?? '', to).href;
  };
  const form = await visit(url);
  if (!form.startsWith(new URL(url).origin)) return form;
  const resume = await visit(form, { prompt: 'login', login, password: 'any' });
  return visit(resume);
}
