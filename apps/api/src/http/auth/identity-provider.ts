import { Connections } from '@marquee/network/connections';
import type { Proxies } from '@marquee/network/proxies';
import type { Logger } from '@marquee/process';
import { createRemoteJWKSet, customFetch as joseFetch, jwtVerify } from 'jose';
import {
  allowInsecureRequests,
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
  type ClientAuth,
  type Configuration,
} from 'openid-client';
import { fetch, type RequestInit } from 'undici';
import { z } from 'zod';
import { valuesOf, type OidcSettings } from './oidc-settings.ts';
import {
  badLogoutToken,
  badProviderAnswer,
  providerUnavailable,
  signInExpired,
  signInRefused,
} from './sign-in-problems.ts';

/** A sign-in that has begun: its browser keeps it in a cookie until it comes back. */
export const PendingSignIn = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
});
export type PendingSignIn = z.infer<typeof PendingSignIn>;

/** A person, as the provider describes them. */
export interface ProvidedPerson {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  /** The session at the provider, if it tells. */
  readonly providerSession: string | null;
  /** The values of the claim that roles follow from. */
  readonly values: readonly string[];
}

/** Whose sessions a provider ends: a person's, or one of theirs at the provider. */
export interface EndedSessions {
  readonly subject: string | null;
  readonly providerSession: string | null;
}

const TIMEOUT_SECONDS = 5;
/** By how much the clocks of provider and server may differ. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** How long a provider's description of itself is used. */
const DISCOVERY_MS = 3_600_000;
const MAX_NAME = 100;

/** OpenID Connect Core 1.0, section 2: ASCII, at most 255. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/u;

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * The OpenID provider that people sign in with: authorization code with PKCE, state and nonce.
 * Tokens are checked, read and dropped: neither browser nor database gets one. The provider is asked
 * when somebody signs in, never at start, so that the server runs without it.
 */
export class IdentityProvider {
  readonly settings: OidcSettings;
  readonly #log: Logger;
  readonly #connections: Connections;
  #configuration: { readonly at: number; readonly found: Promise<Configuration> } | null = null;
  #keys: { readonly url: string; readonly get: ReturnType<typeof createRemoteJWKSet> } | null =
    null;

  constructor(settings: OidcSettings, proxies: Proxies, log: Logger) {
    this.settings = settings;
    this.#log = log;
    this.#connections = new Connections(proxies);
  }

  /**
   * Begins a sign-in.
   *
   * @returns where the browser goes, and what it keeps meanwhile
   * @throws ProblemException
   */
  async begin(returnTo: string): Promise<{ url: URL; pending: PendingSignIn }> {
    const pending = {
      state: randomState(),
      nonce: randomNonce(),
      verifier: randomPKCECodeVerifier(),
      returnTo,
    };
    const configuration = await this.#discover();
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: this.#url('/sign-in/callback'),
      scope: this.settings.scopes,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    });
    return { url, pending };
  }

  /**
   * Ends a sign-in: exchanges the code, and checks the token.
   *
   * @param query with its `?`, as the provider has sent the browser back
   * @throws ProblemException
   */
  async redeem(query: string, pending: PendingSignIn): Promise<ProvidedPerson> {
    const configuration = await this.#discover();
    try {
      const tokens = await authorizationCodeGrant(
        configuration,
        new URL(this.#url('/sign-in/callback') + query),
        {
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          pkceCodeVerifier: pending.verifier,
          idTokenExpected: true,
        },
      );
      const token = tokens.claims() ?? { sub: '' };
      this.#checkParty(token);
      const hasAll = valuesOf(token, this.settings.rolesClaim).length > 0 && 'name' in token;
      const isMore = !hasAll && configuration.serverMetadata().userinfo_endpoint !== undefined;
      const more = isMore ? await fetchUserInfo(configuration, tokens.access_token, token.sub) : {};
      return this.#personOf({ ...more, ...token });
    } catch (error) {
      throw this.#problemOf(error);
    }
  }

  /** Where a browser ends its session at the provider; null if the provider cannot or is down. */
  async signOutUrl(): Promise<string | null> {
    try {
      const configuration = await this.#discover();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      return buildEndSessionUrl(configuration, { post_logout_redirect_uri: this.#url('/') }).href;
    } catch {
      return null;
    }
  }

  /**
   * Checks a notice that sessions have ended (OpenID Connect Back-Channel Logout 1.0). One that comes
   * twice ends nothing more.
   *
   * @throws ProblemException
   */
  async checkNotice(token: string): Promise<EndedSessions> {
    const { jwks_uri: url, issuer } = (await this.#discover()).serverMetadata();
    if (url === undefined) throw badLogoutToken();
    if (this.#keys?.url !== url)
      this.#keys = { url, get: createRemoteJWKSet(new URL(url), { [joseFetch]: this.#fetch }) };
    try {
      const { payload } = await jwtVerify(token, this.#keys.get, {
        issuer,
        audience: this.settings.clientId,
        requiredClaims: ['iat', 'jti', 'events'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: '10m',
      });
      const { sub, sid, events, nonce } = LogoutClaims.parse(payload);
      if (!(LOGOUT_EVENT in events) || nonce !== undefined || (sub ?? sid) === undefined)
        throw new Error('it is no logout token');
      return { subject: sub ?? null, providerSession: sid ?? null };
    } catch (error) {
      this.#log.warn({ err: error }, 'refused a notice of the identity provider');
      throw badLogoutToken();
    }
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  #url(path: string): string {
    return new URL(path, this.settings.publicUrl).href;
  }

  /** The provider's description of itself. @throws ProblemException */
  async #discover(): Promise<Configuration> {
    const now = performance.now();
    if (this.#configuration === null || now - this.#configuration.at > DISCOVERY_MS)
      this.#configuration = { at: now, found: this.#readConfiguration() };
    try {
      return await this.#configuration.found;
    } catch (error) {
      this.#configuration = null;
      throw this.#problemOf(error);
    }
  }

  async #readConfiguration(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const authenticate: ClientAuth = (as, ...rest) =>
      clientAuthentication(clientSecret, as.token_endpoint_auth_methods_supported)(as, ...rest);
    const url = new URL(issuer);
    return discovery(url, clientId, { [clockTolerance]: CLOCK_TOLERANCE_SECONDS }, authenticate, {
      timeout: TIMEOUT_SECONDS,
      [customFetch]: this.#fetch,
      // else signatures of tokens that come straight from the provider are not checked
      execute: [
        enableNonRepudiationChecks,
        ...(url.protocol === 'http:' ? [allowInsecureRequests] : []),
      ],
    });
  }

  /** Through the proxies of the settings, and without redirects. */
  readonly #fetch = async (
    url: string,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<Response> => {
    const dispatcher = this.#connections.dispatcher(false);
    return fetch(url, { ...options, dispatcher } as RequestInit);
  };

  /** Refuses a token that was issued to another client, which the library checks for several audiences only. */
  #checkParty({ azp }: Readonly<Record<string, unknown>>): void {
    if (azp === undefined || azp === this.settings.clientId) return;
    this.#log.warn({ azp }, 'a token of the identity provider was issued to another client');
    throw badProviderAnswer(...FOR_ANOTHER);
  }

  #personOf(claims: Readonly<Record<string, unknown>>): ProvidedPerson {
    const { sub, sid, name, preferred_username: account } = claims;
    if (typeof sub !== 'string' || !SUBJECT.test(sub))
      throw badProviderAnswer('its subject is not 1 to 255 ASCII characters', SEE_LOG);
    const readable = [name, account, sub]
      .filter((one) => typeof one === 'string')
      .map((one) => one.toWellFormed().replaceAll(/\p{C}/gu, '').trim())
      // the cut may halve a character
      .map((one) => one.slice(0, MAX_NAME).replace(/\p{Cs}$/u, ''))
      .find((one) => one !== '');
    return {
      issuer: this.settings.issuer,
      subject: sub,
      name: readable ?? sub,
      providerSession: typeof sid === 'string' && SUBJECT.test(sid) ? sid : null,
      values: valuesOf(claims, this.settings.rolesClaim),
    };
  }

  #problemOf(error: unknown): Error {
    const problem = problemOfProvider(error);
    if (problem !== error)
      this.#log.warn({ err: error }, `a sign-in has failed: ${problem.message}`);
    return problem;
  }
}

const LogoutClaims = z.object({
  sub: z.string().regex(SUBJECT).optional(),
  sid: z.string().regex(SUBJECT).optional(),
  events: z.record(z.string(), z.unknown()),
  nonce: z.unknown().optional(),
});

const SEE_LOG = 'The operator of this server finds more in its log.';

/** The way of a client with a secret that the provider knows; OAuth's default is basic. */
function clientAuthentication(
  secret: string | null,
  methods: readonly string[] = ['client_secret_basic'],
): ClientAuth {
  if (secret === null) return None();
  return methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
    ? ClientSecretBasic(secret)
    : ClientSecretPost(secret);
}

const FOR_ANOTHER = [
  'a token is for another client, issuer or sign-in',
  'Compare OIDC_ISSUER and OIDC_CLIENT_ID with the settings of the provider.',
] as const;

/** What was wrong with an answer, and what the operator looks at, by the library's code. */
const FAULTS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: [
    'a token is from another time',
    'Compare the clocks of provider and server: they may differ by a minute.',
  ],
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: FOR_ANOTHER,
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: [
    'it names another issuer or person',
    'Compare OIDC_ISSUER with the issuer in the provider’s .well-known/openid-configuration.',
  ],
  OAUTH_KEY_SELECTION_FAILED: [
    'a token is signed with a key that the provider does not publish',
    'The provider may have changed its keys just now: try again in a minute.',
  ],
};

const UNAVAILABLE: ReadonlySet<string> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
]);

/** The error response for what the library, or the way to the provider, has thrown. */
function problemOfProvider(error: unknown): Error {
  if (error instanceof AuthorizationResponseError)
    return ['server_error', 'temporarily_unavailable'].includes(error.error)
      ? providerUnavailable()
      : signInRefused(error.error);
  if (error instanceof ResponseBodyError && error.error === 'invalid_grant')
    return signInExpired('its code has expired or is used up');
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError)
    return badProviderAnswer(
      `it refuses this server as a client, with the status ${error.status}`,
      'Compare OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and the redirect URI with its settings.',
    );
  if (error instanceof ClientError) {
    const { code = '' } = error;
    const fault = FAULTS[code];
    if (UNAVAILABLE.has(code)) return providerUnavailable();
    return badProviderAnswer(...(fault ?? (['it breaks the protocol', SEE_LOG] as const)));
  }
  // undici throws this when there is no connection
  if (error instanceof TypeError) return providerUnavailable();
  return error instanceof Error ? error : new Error(String(error));
}
