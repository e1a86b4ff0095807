import type { Agent } from 'node:http';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { proxyFor, type Proxies } from './proxies.ts';

/** As many connections as the AWS SDK makes to a host without a proxy. */
const CONNECTIONS = 50;

/**
 * The agent of Node's own HTTP client by which a URL is asked for through its proxy; null when it
 * is asked for directly. Through the proxy goes a tunnel, whether the URL is http: or https:.
 */
export function proxyAgentFor(target: URL, proxies: Proxies): Agent | null {
  const proxy = proxyFor(target, proxies);
  if (proxy === null) return null;
  const options = { proxy, keepAlive: true, maxSockets: CONNECTIONS };
  return target.protocol === 'https:' ? new HttpsProxyAgent(options) : new HttpProxyAgent(options);
}
