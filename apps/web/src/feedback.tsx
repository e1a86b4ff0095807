import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { SkeletonBlock, SkeletonRows } from './design/skeleton.tsx';
import { problemOf } from './error-message.ts';
import { SignInButton } from './sign-in.tsx';

/**
 * Keeps the room of content that is being loaded.
 *
 * @param rows how many rows of a list are expected; without it, a block
 * @param room height of the block, as a CSS length; by default a screen, so that the footer does
 *   not move
 */
export function Loading({
  what,
  rows,
  room = '100vh',
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

/** Replace the API's hints, which are about headers and parameters. */
const HINTS: Readonly<Record<string, string>> = {
  'role-too-low': 'Sign in with a key that may do this.',
};
/** Of a page or list without a response; the banner says whether the network or the server is gone. */
const UNANSWERED = 'Not loaded yet';
const KEY_HINT = 'Sign in with a key: the operator of this server can give you one.';

/**
 * An error message with a hint. If a key is missing, its button opens the form. In place of a whole
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
  const needsKey = code.startsWith('key-') || code === 'role-too-low';
  const shownHint = HINTS[code] ?? (needsKey ? KEY_HINT : hint);
  return (
    <section className="state failure" role="alert">
      <Heading>
        {isMissing ? 'Not found' : status === 0 ? UNANSWERED : 'Something went wrong'}
      </Heading>
      {status === 0 ? null : (
        <p>{needsKey ? 'This needs a key.' : isMissing && status === 400 ? NO_ID : detail}</p>
      )}
      {isMissing ? (
        <NotFoundHint />
      ) : shownHint === undefined ? null : (
        <p className="muted">{shownHint}</p>
      )}
      {needsKey ? (
        <SignInButton />
      ) : isMissing ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </section>
  );
}

const NO_ID = 'This address is not the id of a title or a person.';

function NotFoundHint(): ReactNode {
  return (
    <p className="muted">
      Search for it above, or see <Link href="/data">which data is loaded</Link>.
    </p>
  );
}
