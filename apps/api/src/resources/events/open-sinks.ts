import { proxyAgentFor } from '@marquee/network/proxy-agents';
import type { Proxies } from '@marquee/network/proxies';
import type { EventSink } from './event-sink.ts';
import { readSinkName } from './sink-name.ts';

/**
 * Opens the queues and topics that events are sent to. Connects to none yet.
 *
 * @param names that {@link readSinkName} can read
 * @param endpoint the URL of a service other than Amazon's
 */
export async function openSinks(
  names: readonly string[],
  endpoint: string | undefined,
  proxies: Proxies,
): Promise<EventSink[]> {
  return Promise.all(names.map(async (name) => openSink(name, endpoint, proxies)));
}

/** The SDKs are loaded lazily: they take memory that most installations do not need. */
async function openSink(
  name: string,
  endpoint: string | undefined,
  proxies: Proxies,
): Promise<EventSink> {
  const read = readSinkName(name);
  if (read === null) throw new Error(`${name} is neither a queue nor a topic`);
  const { service, region } = read;
  const target = service === 'sqs' ? name : `https://sns.${region}.amazonaws.com`;
  const agent = proxyAgentFor(new URL(endpoint ?? target), proxies);
  if (service === 'sqs') {
    const { SqsSink } = await import('./sqs-sink.ts');
    return new SqsSink(name, { endpoint, region, agent });
  }
  const { SnsSink } = await import('./sns-sink.ts');
  return new SnsSink(name, { endpoint, region, agent });
}
