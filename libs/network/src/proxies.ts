import { z } from 'zod';

/**
 * The environment's proxies, for whoever asks servers beyond this machine. Of a variable in both
 * forms, the one in lower case counts, as for curl.
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
  /** Hosts asked without a proxy: names, `.suffixes` and addresses, each perhaps with a port, or *. */
  readonly except: string;
}

export const NO_PROXIES: Proxies = { http: null, https: null, except: '' };

/** A proxy is elsewhere, and cannot reach what listens on this machine alone. */
const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

/** What the environment says of proxies. */
export function proxiesOf(config: ProxyConfig): Proxies {
  const http = config.http_proxy ?? config.HTTP_PROXY ?? null;
  const https = config.https_proxy ?? config.HTTPS_PROXY ?? http;
  const except = [...THIS_MACHINE, config.no_proxy ?? config.NO_PROXY ?? ''].join(',');
  return { http, https, except };
}

/** The proxy through which a URL is asked for; null when it is asked for directly. */
export function proxyFor(target: URL, { http, https, except }: Proxies): string | null {
  const proxy = target.protocol === 'https:' ? https : http;
  const host = withoutBrackets(target.hostname).replace(/\.$/u, '').toLowerCase();
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  const entries = except.split(/[,\s]+/u).filter((entry) => entry !== '');
  return entries.some((entry) => matches(entry, host, port)) ? null : proxy;
}

/** A proxy's URL as it may stand in a log or a message. */
export function redactedProxy(proxy: string): string {
  return new URL(proxy).origin;
}

/** As undici's EnvHttpProxyAgent takes NO_PROXY, so that all clients go the same way. */
function matches(entry: string, host: string, port: string): boolean {
  const { name, onlyPort } = partsOf(entry);
  if (onlyPort !== null && onlyPort !== port) return false;
  if (name === '*') return true;
  const suffix = name.replace(/^\*?\./u, '').replace(/\.$/u, '');
  return (!name.startsWith('*') && host === suffix) || host.endsWith(`.${suffix}`);
}

/** An address of version 6 has a port only where it stands in brackets. */
function partsOf(entry: string): { name: string; onlyPort: string | null } {
  const [, name = entry, onlyPort = null] =
    /^\[(.+)\](?::(\d+))?$/u.exec(entry) ?? /^([^:]+):(\d+)$/u.exec(entry) ?? [];
  return { name: name.toLowerCase(), onlyPort };
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/u, '$1');
}

/** `proxy.example.org:3128` is taken too, as curl takes it. */
function proxyUrl(): z.ZodOptional<z.ZodPipe<z.ZodString, z.ZodTransform<string, string>>> {
  return z
    .string()
    .refine((text) => {
      const proxy = URL.parse(withScheme(text));
      return proxy !== null && /^https?:$/u.test(proxy.protocol) && proxy.hostname !== '';
    })
    .transform(withScheme)
    .optional()
    .describe('the URL of an HTTP proxy, such as http://proxy.example.org:3128');
}

function withScheme(text: string): string {
  return text.includes('://') ? text : `http://${text}`;
}

function hosts(): z.ZodOptional<z.ZodString> {
  return z.string().optional().describe('names of hosts with commas between them');
}
