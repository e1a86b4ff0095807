import type { WebhookAttempt } from '@marquee/contract';
import { errorMessage } from '@marquee/process/error-message';
import { request, type Agent } from 'undici';
import { signedHeaders } from './signature.ts';

/** How much of an answer is read and recorded. */
const MAX_ANSWER_BYTES = 1024;

/** A message to a webhook. */
export interface Message {
  /** The same at every attempt. */
  readonly id: string;
  readonly url: string;
  /** Each signs it. */
  readonly secrets: readonly Buffer[];
  readonly body: string;
  readonly contentType: string;
}

/**
 * Tries to deliver a signed message, without following redirects. Any status from 200 to 299 is a
 * success.
 *
 * @param limitMs how long the whole attempt may take, in milliseconds
 * @returns the outcome; it never throws
 */
export async function attempt(
  agent: Agent,
  { id, url, secrets, body, contentType }: Message,
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
        'content-type': contentType,
        'user-agent': 'marquee-webhooks',
        ...signedHeaders(secrets, id, at, body),
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
      error: signal.aborted ? `no answer within ${limitMs / 1000} s` : errorMessage(error),
    });
  }
}

/** The beginning of an answer. A missing rest is no fault: the status decides. */
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
    // what was received is enough
  }
  // PostgreSQL stores no NUL
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString().replaceAll('\0', '\u2400');
}

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400
    ? `answered with ${status}, and redirects are not followed`
    : `answered with ${status}`;
}
