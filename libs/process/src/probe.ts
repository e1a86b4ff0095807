import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { json } from 'node:stream/consumers';

/** The answer to a probe. */
export interface ProbeResult {
  readonly status: number;
  /** Null if it is no JSON. */
  readonly body: unknown;
}

/**
 * Asks a server of this machine how it is. No certificate is verified: nothing secret is sent, and the
 * names of certificates are for others.
 *
 * @throws if it does not answer in time
 */
export async function probe(url: string, timeoutMs: number): Promise<ProbeResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ProbeResult>();
  const isTls = url.startsWith('https:');
  const options = { signal: AbortSignal.timeout(timeoutMs), rejectUnauthorized: false };
  (isTls ? requestTls : requestPlain)(url, { ...options, agent: false }, (answer) => {
    json(answer).then(
      (body) => resolve({ status: answer.statusCode ?? 0, body }),
      () => resolve({ status: answer.statusCode ?? 0, body: null }),
    );
  })
    .on('error', reject)
    .end();
  return promise;
}
