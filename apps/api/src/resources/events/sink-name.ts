const TOPIC = /^arn:aws[\w-]*:sns:([\w-]+):\d{12}:[\w-]+(?:\.fifo)?$/u;
const QUEUE_PATH = /^\/\d{12}\/[\w-]+(?:\.fifo)?$/u;
const QUEUE_REGION = /\bsqs\.([\w-]+)\./u;
/** Of a queue whose URL does not tell one: that of a service other than Amazon's. */
const DEFAULT_REGION = 'us-east-1';

/** What the name of a sink tells. */
interface SinkName {
  readonly service: 'sqs' | 'sns';
  readonly region: string;
}

/** Reads the URL of a queue of SQS, or the ARN of a topic of SNS; null for anything else. */
export function readSinkName(text: string): SinkName | null {
  const [, topicRegion] = TOPIC.exec(text) ?? [];
  if (topicRegion !== undefined) return { service: 'sns', region: topicRegion };
  const url = URL.parse(text);
  const isQueue =
    url !== null &&
    /^https?:$/u.test(url.protocol) &&
    url.username + url.password + url.search + url.hash === '' &&
    QUEUE_PATH.test(url.pathname);
  if (!isQueue) return null;
  const [, region = DEFAULT_REGION] = QUEUE_REGION.exec(url.host) ?? [];
  return { service: 'sqs', region };
}
