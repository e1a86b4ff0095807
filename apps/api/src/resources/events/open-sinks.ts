import { proxyAgentFor } from '@marquee/network/proxy-agents';
import type { Proxies } from '@marquee/network/proxies';
import type { AwsCredentialProvider } from '@marquee/snapshots';
import type { EventSink } from './event-sink.ts';
import { readSinkName } from './sink-name.ts';

interface SinkOptions {
  /** The URL of a service other than Amazon's. */
  readonly endpoint: string | undefined;
  readonly proxies: Proxies;
  readonly credentials: AwsCredentialProvider | undefined;
}

/**
 * Opens the queues and topics that events are sent to. Connects to none yet.
 *
 * @param names that {@link readSinkName} can read
 */
export async function openSinks(
  names: readonly string[],
  options: SinkOptions,
): Promise<EventSink[]> {
  return Promise.all(names.map(async (name) => openSink(name, options)));
}

/** The SDKs are loaded lazily: they take memory that most installations do not need. */
async function openSink(
  name: string,
  { endpoint, proxies, credentials }: SinkOptions,
): Promise<EventSink> {
  const read = readSinkName(name);
  if (read === null) throw new Error(`${name} is neither a queue nor a topic`);
  const { service, region } = read;
  const target = service === 'sqs' ? name : `https://sns.${region}.amazonaws.com`;
  const agent = proxyAgentFor(new URL(endpoint ?? target), proxies);
  if (service === 'sqs') {
    const { SqsSink } = await import('./sqs-sink.ts');
    return new SqsSink(name, { endpoint, region, agent, credentials });
  }
  const { SnsSink } = await import('./sns-sink.ts');
  return new SnsSink(name, { endpoint, region, agent, credentials });
}
