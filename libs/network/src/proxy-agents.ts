import type { Agent } from 'node:http';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { proxyFor, type Proxies } from './proxies.ts';

/** The AWS SDK's limit of connections to one host without a proxy. */
const CONNECTIONS = 50;

/**
 * The agent with which Node's HTTP client reaches a URL through its proxy; null when it goes
 * directly. The proxy tunnels (CONNECT) for http: and https: URLs alike.
 */
export function proxyAgentFor(target: URL, proxies: Proxies): Agent | null {
  const proxy = proxyFor(target, proxies);
  if (proxy === null) return null;
  const options = { proxy, keepAlive: true, maxSockets: CONNECTIONS };
  return target.protocol === 'https:' ? new HttpsProxyAgent(options) : new HttpProxyAgent(options);
}
