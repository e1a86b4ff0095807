import type { WebhookAttempt } from '@marquee/contract';
import { request, type Agent } from 'undici';
import { signedHeaders } from './signature.ts';

/** So much of an answer is read and kept. */
const MAX_ANSWER_BYTES = 1024;

/** What is sent where. */
export interface Message {
  /** The same at every attempt. */
  readonly id: string;
  readonly url: string;
  readonly secret: Buffer;
  readonly body: string;
}

/**
 * Tries to deliver a message: signed, without following redirects, and whatever happens within a
 * limit. Any status from 200 to 299 is a success.
 *
 * @param limitMs how long the whole of it may take, in milliseconds
 * @returns how it went; it never throws
 */
export async function attempt(
  agent: Agent,
  { id, url, secret, body }: Message,
  limitMs: number,
): Promise<WebhookAttempt> {
  const at = new Date();
  const signal = AbortSignal.timeout(limitMs);
  const ended = (outcome: Omit<WebhookAttempt, 'at' | 'ms'>): WebhookAttempt => ({
    at: at.toISOString(),
    ms: Date.now() - at.getTime(),
    ...outcome,
  });
  try {
    const response = await request(url, {
      dispatcher: agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'marquee-webhooks',
        ...signedHeaders(secret, id, at, body),
      },
      body,
      signal,
    });
    const { statusCode: status } = response;
    const answer = await readBeginning(response.body);
    return ended({ status, answer, error: faultOf(status) });
  } catch (error) {
    return ended({
      status: null,
      answer: null,
      error: signal.aborted ? `no answer within ${limitMs / 1000} s` : messageOf(error),
    });
  }
}

/** What an answer begins with. That the rest does not come is no fault: its status has said all. */
async function readBeginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // what has come is enough
  }
  // PostgreSQL holds no NUL
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString().replaceAll('\0', '\u2400');
}

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400
    ? `answered with ${status}, and redirects are not followed`
    : `answered with ${status}`;
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
