import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode, SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { ApiError } from './api-client.ts';
import { SkeletonBlock, SkeletonRows } from './design/skeleton.tsx';
import { storeKey, useHasKey } from './session-key.ts';

/**
 * Keeps the room of content that is being loaded.
 *
 * @param rows how many rows of a list are expected; without it, a block
 * @param room height of the block, as a CSS length; by default most of a screen
 */
export function Loading({
  what,
  rows,
  room = '70vh',
}: {
  readonly what: string;
  readonly rows?: number;
  readonly room?: string;
}): ReactNode {
  return rows === undefined ? (
    <SkeletonBlock what={what} room={room} />
  ) : (
    <SkeletonRows what={what} count={rows} />
  );
}

/** Replaces the API's hint, which is about headers. */
const KEY_HINT =
  'Ask the operator of this server for a key. A key entered here is stored until this tab is closed.';

/**
 * An error message with a hint. If a key is missing, it can be entered here. In place of a whole
 * page it has the page's heading.
 */
export function ErrorMessage({
  error,
  page = false,
}: {
  readonly error: Error;
  readonly page?: boolean;
}): ReactNode {
  const queries = useQueryClient();
  const retry = () => void queries.invalidateQueries();
  const { detail, hint, code, status } = problemOf(error);
  const Heading = page ? 'h1' : 'h2';
  // an unknown or malformed id: a retry would not help
  const isMissing = status === 404 || (page && status === 400);
  const isOfKey = code.startsWith('key-');
  return (
    <section className="state failure" role="alert">
      <Heading>{isMissing ? 'Not found' : 'Something went wrong'}</Heading>
      <p>{detail}</p>
      {isMissing ? (
        <NotFoundHint />
      ) : hint === undefined ? null : (
        <p className="muted">{isOfKey ? KEY_HINT : hint}</p>
      )}
      {isOfKey || code === 'role-too-low' ? <KeyForm onKept={retry} /> : null}
      {isMissing ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </section>
  );
}

function NotFoundHint(): ReactNode {
  return (
    <p className="muted">
      Search for it above, or see <Link href="/data">the published data</Link>.
    </p>
  );
}

function problemOf(error: Error): ApiError['problem'] {
  if (error instanceof ApiError) return error.problem;
  return navigator.onLine
    ? {
        status: 0,
        code: 'unreachable',
        detail: 'The server does not answer.',
        hint: 'Is it running? `make ps` shows it, `make` starts it. This page retries automatically.',
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

/** Form to enter an API key, which is stored until the tab is closed. */
export function KeyForm({ onKept }: { readonly onKept?: () => void }): ReactNode {
  const kept = useHasKey();
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get('key');
    storeKey(typeof given === 'string' && given.trim() !== '' ? given.trim() : null);
    onKept?.();
  };
  if (kept) {
    return (
      <p className="key">
        A key is stored until this tab is closed.{' '}
        <button type="button" className="quiet" onClick={() => storeKey(null)}>
          Remove key
        </button>
      </p>
    );
  }
  return (
    <form className="key" onSubmit={submit}>
      <label>
        Key <input name="key" type="password" autoComplete="off" placeholder="mq_…" />
      </label>
      <button type="submit">Use key</button>
    </form>
  );
}
