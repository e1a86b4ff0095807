import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode, SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { ApiError } from './api-client.ts';
import { storeKey, useHasKey } from './session-key.ts';

/** Something is on its way. */
export function Loading({ what }: { readonly what: string }): ReactNode {
  return (
    <p className="state loading" role="status">
      Loading {what} …
    </p>
  );
}

/** The API's own hint tells programs of headers. */
const KEY_HINT =
  'Whoever runs the server makes keys. One that is entered here is kept until this tab is closed.';

/**
 * Something went wrong: what, and what to do. Where a key is missing, it can be entered. As the
 * whole page, it has the page's heading.
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
  // an id that there is not, or that is none: another try changes nothing
  const isMissing = status === 404 || (page && status === 400);
  const isOfKey = code.startsWith('key-');
  return (
    <section className="state failure" role="alert">
      <Heading>{isMissing ? 'Not here' : 'That did not work'}</Heading>
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
      Search for it above, or see <Link href="/data">what is published, and since when</Link>.
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
        hint: 'Is it running? `make ps` shows, `make` starts it. This page asks again by itself.',
      }
    : {
        status: 0,
        code: 'offline',
        detail: 'You are offline.',
        hint: 'What you have looked at before may still be shown. This comes back with the connection.',
      };
}

/** What went wrong, in a sentence. */
export function messageOf(error: Error): string {
  return problemOf(error).detail;
}

/** Takes a key, kept as long as the tab is open. */
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
        A key is kept until this tab is closed.{' '}
        <button type="button" className="quiet" onClick={() => storeKey(null)}>
          Forget it
        </button>
      </p>
    );
  }
  return (
    <form className="key" onSubmit={submit}>
      <label>
        Key <input name="key" type="password" autoComplete="off" placeholder="mq_…" />
      </label>
      <button type="submit">Use it</button>
    </form>
  );
}
