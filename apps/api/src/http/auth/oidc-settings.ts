import type { Role } from '@marquee/contract';
import { ConfigError } from '@marquee/process';
import type { ApiConfig } from '../../config.ts';
import { isLoopback, type Exposure } from './exposure.ts';

/** How people sign in with an identity provider. */
export interface OidcSettings {
  /** As the provider writes it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
  /** The name of the provider, for people. */
  readonly name: string;
  readonly scopes: string;
  readonly rolesClaim: string;
  /** Roles by value of that claim; `*` is anybody's. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Where people open the site. */
  readonly publicUrl: URL;
  /** The longest life of a session, and how long it may be unused. */
  readonly sessionHours: number;
  readonly idleMinutes: number;
}

/**
 * The settings of the sign-in; null without a provider.
 *
 * @throws ConfigError when one lacks, or when a token or a cookie would be sent in the clear
 */
export function oidcSettingsOf(config: ApiConfig, exposure: Exposure): OidcSettings | null {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_ROLES } = config;
  if (OIDC_ISSUER === undefined) return null;
  const issuer = new URL(OIDC_ISSUER);
  if (!isPrivate(issuer))
    throw noSignIn(
      'OIDC_ISSUER has to start with https://, unless the provider is on this machine.',
    );
  if (OIDC_CLIENT_ID === undefined) throw noSignIn('Set OIDC_CLIENT_ID.');
  if (OIDC_ROLES === undefined)
    throw noSignIn(
      'Set OIDC_ROLES, such as film-admins=admin,*=reader: nobody gets a role without it.',
    );
  return {
    issuer: OIDC_ISSUER,
    clientId: OIDC_CLIENT_ID,
    clientSecret: config.OIDC_CLIENT_SECRET ?? null,
    name: config.OIDC_NAME ?? issuer.host,
    scopes: config.OIDC_SCOPES,
    rolesClaim: config.OIDC_ROLES_CLAIM,
    roles: OIDC_ROLES,
    publicUrl: publicUrlOf(config, exposure),
    sessionHours: config.OIDC_SESSION_HOURS,
    idleMinutes: config.OIDC_IDLE_MINUTES,
  };
}

/** @throws ConfigError */
function publicUrlOf(
  { PUBLIC_URL, API_NAMES: [name] = [], API_PORT }: ApiConfig,
  { exposed, names }: Exposure,
): URL {
  const usual = exposed ? name && `https://${name}` : `http://localhost:${API_PORT}`;
  const text = PUBLIC_URL ?? usual;
  if (text === undefined)
    throw noSignIn('Set PUBLIC_URL to the address of the site, such as https://films.example.org.');
  const url = new URL(text);
  if (!isPrivate(url))
    throw noSignIn('PUBLIC_URL has to start with https://, unless it names this machine.');
  if (names !== null && !names.has(bareName(url)))
    throw noSignIn('PUBLIC_URL has a host name that API_NAMES lacks.');
  return url;
}

/** Whether nobody in between can read what is sent to a URL. */
function isPrivate(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(bareName(url));
}

function bareName({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/u, '$1');
}

function noSignIn(reason: string): ConfigError {
  return new ConfigError(`The API does not start: OIDC_ISSUER is set. ${reason}`);
}

/** The highest role of the values of a claim; null for none. */
export function roleOf(values: readonly string[], roles: OidcSettings['roles']): Role | null {
  const found = new Set(['*', ...values].map((value) => roles.get(value)));
  return (['admin', 'operator', 'reader'] as const).find((role) => found.has(role)) ?? null;
}

/** The values of a claim, by its name or a path such as `realm_access.roles`. */
export function valuesOf(claims: object, path: string): string[] {
  const value = Object.hasOwn(claims, path)
    ? (claims as Readonly<Record<string, unknown>>)[path]
    : path
        .split('.')
        .reduce<unknown>(
          (inner, name) =>
            typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
              ? (inner as Readonly<Record<string, unknown>>)[name]
              : undefined,
          claims,
        );
  return [value].flat().filter((one) => typeof one === 'string');
}
