import { onTestFinished, vi } from 'vitest';

/** A request as it was sent. */
interface SentRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal | null;
}

/**
 * Answers requests until the test ends. The site requests relative URLs, which need a server only a
 * browser knows.
 *
 * @returns the requests sent so far, updated with each request
 */
export function stubFetch(
  answer: (request: SentRequest) => Response | Promise<Response>,
): readonly SentRequest[] {
  const fetched: SentRequest[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    const { method = 'GET', body = null, signal = null } = init;
    const request: SentRequest = {
      url,
      method,
      headers: Object.fromEntries(new Headers(init.headers)),
      body,
      signal,
    };
    signal?.throwIfAborted();
    fetched.push(request);
    return answer(request);
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return fetched;
}
