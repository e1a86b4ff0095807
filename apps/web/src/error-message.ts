import { ApiError } from './api-client.ts';

/** An error as a problem: no response at all has the code `offline` or `unreachable`. */
export function problemOf(error: Error): ApiError['problem'] {
  if (error instanceof ApiError) return error.problem;
  return navigator.onLine
    ? {
        status: 0,
        code: 'unreachable',
        detail: 'The server does not answer.',
        hint: 'This part loads by itself as soon as the server answers.',
      }
    : {
        status: 0,
        code: 'offline',
        detail: 'You are offline.',
        hint: 'This part loads by itself once you are online again.',
      };
}

/** The error in one sentence. */
export function messageOf(error: Error): string {
  return problemOf(error).detail;
}
