import { ApiError } from './api-client.ts';

/** An error as a problem: no response at all has the code `offline` or `unreachable`. */
export function problemOf(error: Error): ApiError['problem'] {
  if (error instanceof ApiError) return error.problem;
  return navigator.onLine
    ? {
        status: 0,
        code: 'unreachable',
        detail: 'The server does not answer.',
        hint: 'This page loads by itself as soon as it answers.',
      }
    : {
        status: 0,
        code: 'offline',
        detail: 'You are offline.',
        hint: 'Pages you have visited may still be available. This page loads once you are online again.',
      };
}

/** The error in one sentence. */
export function messageOf(error: Error): string {
  return problemOf(error).detail;
}
