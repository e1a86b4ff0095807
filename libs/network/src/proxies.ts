import { secret } from '@marquee/process';
import { z } from 'zod';

/**
 * The proxy variables of the environment, for processes that send requests to other machines. If a
 * variable is set in both cases, the lower-case one counts, as in curl.
 */
export const ProxyConfig = z.object({
  HTTP_PROXY: proxyUrl(),
  http_proxy: proxyUrl(),
  HTTPS_PROXY: proxyUrl(),
  https_proxy: proxyUrl(),
  NO_PROXY: hosts(),
  no_proxy: hosts(),
});
export type ProxyConfig = z.infer<typeof ProxyConfig>;

/** Which requests go through which proxy. The URLs may hold a user and a password. */
export interface Proxies {
  /** For http: URLs; null for none. */
  readonly http: string | null;
  /** For https: URLs; null for none. */
  readonly https: string | null;
  /** NO_PROXY: names, `.suffixes` and addresses, each with or without a port; or `*`. */
  readonly except: string;
}

export const NO_PROXIES: Proxies = { http: null, https: null, except: '' };

/** A proxy on another machine cannot reach our loopback addresses. */
const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The proxies that the environment configures. HTTP_PROXY also serves https: if no other is set.
 */
export function proxiesOf(config: ProxyConfig): Proxies {
  const http = config.http_proxy ?? config.HTTP_PROXY ?? null;
  const https = config.https_proxy ?? config.HTTPS_PROXY ?? http;
  const except = [...THIS_MACHINE, config.no_proxy ?? config.NO_PROXY ?? ''].join(',');
  return { http, https, except };
}

/** The proxy for requests to a URL; null when they go directly. */
export function proxyFor(target: URL, { http, https, except }: Proxies): string | null {
  const proxy = target.protocol === 'https:' ? https : http;
  const host = withoutBrackets(target.hostname).replace(/\.$/u, '').toLowerCase();
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  const entries = except.split(/[,\s]+/u).filter((entry) => entry !== '');
  return entries.some((entry) => matches(entry, host, port)) ? null : proxy;
}

/** A proxy's URL without user and password, for logs and messages. */
export function redactedProxy(proxy: string): string {
  return new URL(proxy).origin;
}

/** Matches as undici's EnvHttpProxyAgent does, so that all clients take the same route. */
function matches(entry: string, host: string, port: string): boolean {
  const { name, onlyPort } = partsOf(entry);
  if (onlyPort !== null && onlyPort !== port) return false;
  if (name === '*') return true;
  const suffix = name.replace(/^\*?\./u, '').replace(/\.$/u, '');
  return (!name.startsWith('*') && host === suffix) || host.endsWith(`.${suffix}`);
}

/** An IPv6 address can have a port only if it is in brackets. */
function partsOf(entry: string): { name: string; onlyPort: string | null } {
  const [, name = entry, onlyPort = null] =
    /^\[(.+)\](?::(\d+))?$/u.exec(entry) ?? /^([^:]+):(\d+)$/u.exec(entry) ?? [];
  return { name: name.toLowerCase(), onlyPort };
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/u, '$1');
}

/** Accepts `proxy.example.org:3128` too, as curl does. */
function proxyUrl(): z.ZodOptional<z.ZodPipe<z.ZodString, z.ZodTransform<string, string>>> {
  return secret(
    z
      .string()
      .refine((text) => {
        const proxy = URL.parse(withScheme(text));
        return proxy !== null && /^https?:$/u.test(proxy.protocol) && proxy.hostname !== '';
      })
      .transform(withScheme)
      .optional()
      .describe('the URL of an HTTP proxy, such as http://proxy.example.org:3128'),
  );
}

function withScheme(text: string): string {
  return text.includes('://') ? text : `http://${text}`;
}

function hosts(): z.ZodOptional<z.ZodString> {
  return z.string().optional().describe('host names, separated by commas');
}
