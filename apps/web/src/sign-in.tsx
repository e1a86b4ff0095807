import type { SignInProblem } from '@marquee/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { useLocation, useSearch, useSearchParams } from 'wouter';
import { postJson, useApi, type ApiResponses } from './api-client.ts';
import { Sheet } from './design/sheet.tsx';
import { messageOf } from './error-message.ts';

/** The session, and the parts of this server that need a key; undefined until known. */
export function useSession(): ApiResponses['session'] | undefined {
  return useApi('session', '/session').data;
}

/** Whether the visitor may change things: their key allows it, or no key is needed. */
export function useMayOperate(): boolean {
  return useSession()?.mayOperate === true;
}

/** Why a sign-in with the identity provider has failed. */
const PROBLEMS: Readonly<Record<SignInProblem, string>> = {
  'sign-in-expired':
    'This sign-in took too long, or it began in another browser. Please sign in again.',
  'sign-in-refused': 'The identity provider did not let you sign in.',
  'no-role': 'You have no role on this server. Its operator can give you one.',
  'provider-unavailable':
    'The identity provider does not answer. Please try again later, or use a key.',
  'provider-answer':
    'The answer of the identity provider is not valid. The operator of this server finds more in its log.',
};

/** The failure that the server has sent the browser here with; null for none. */
function useSignInProblem(): string | null {
  const [params] = useSearchParams();
  const code = params.get('problem');
  return code !== null && Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as SignInProblem] : null;
}

/** The way to the identity provider, and back to this page. */
function ProviderLink({ provider }: { readonly provider: string }): ReactNode {
  const [path] = useLocation();
  const search = useSearch();
  const page = search === '' ? path : `${path}?${search}`;
  const query = new URLSearchParams({ return_to: path === '/sign-in' ? '/' : page }).toString();
  return (
    <a className="button primary" href={`/sign-in/start?${query}`}>
      Sign in with {provider}
    </a>
  );
}

/**
 * The identity provider, if the server has one, and the form for a key.
 */
function SignInForm({ onSignedIn }: { readonly onSignedIn?: () => void }): ReactNode {
  const provider = useSession()?.provider ?? null;
  const problem = useSignInProblem();
  return (
    <div className="sign-in">
      {problem === null ? null : <p role="alert">{problem}</p>}
      {provider === null ? null : (
        <>
          <ProviderLink provider={provider} />
          <p className="or muted">or with a key</p>
        </>
      )}
      <KeyForm isSecond={provider !== null} {...(onSignedIn && { onSignedIn })} />
    </div>
  );
}

/**
 * The form in which a key is entered. The server answers it with a cookie, so that the key is not
 * kept here, and a wrong one is forgotten at once.
 */
function KeyForm({
  isSecond,
  onSignedIn,
}: {
  /** Whether there is another way to sign in, which comes first. */
  readonly isSecond: boolean;
  readonly onSignedIn?: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const signIn = useMutation({
    mutationFn: async (key: string) => postJson('session', '/session', { key }),
    onSuccess: (session) => {
      queries.setQueryData(['session', '/session'], session);
      onSignedIn?.();
      void queries.invalidateQueries({ predicate: ({ queryKey: [kind] }) => kind !== 'session' });
    },
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const key = new FormData(form).get('key');
    form.reset();
    if (typeof key === 'string' && key.trim() !== '') signIn.mutate(key.trim());
  };
  return (
    <form onSubmit={submit}>
      <label>
        Key
        <input
          name="key"
          type="password"
          autoComplete="current-password"
          placeholder="mq_…"
          autoFocus={!isSecond}
          aria-invalid={signIn.isError}
        />
      </label>
      {signIn.isError ? <p role="alert">{messageOf(signIn.error)}</p> : null}
      <button
        type="submit"
        className={isSecond ? undefined : 'primary'}
        disabled={signIn.isPending}
      >
        {signIn.isPending ? 'Signing in …' : 'Sign in'}
      </button>
      <p className="muted">
        The operator of this server can give you a key. This browser stays signed in until you sign
        out.
      </p>
    </form>
  );
}

/** In place of every page of a server that shows nothing without a key; signed in, it says so. */
export function SignInPage(): ReactNode {
  const session = useSession();
  return (
    <section className="hero">
      <h1>Sign in</h1>
      {session?.role ? (
        <p>
          You are signed in as {session.isPerson ? `${session.name ?? ''}, ` : ''}
          {session.role}.
        </p>
      ) : (
        <>
          <p>
            {session?.reading === 'keyed'
              ? 'This server asks who you are before it shows its titles.'
              : 'Signed in, you can start updates here, if your role allows it.'}
          </p>
          <SignInForm />
        </>
      )}
    </section>
  );
}

/** A button that opens the form. */
export function SignInButton(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Sign in
      </button>
      {isOpen ? (
        <Sheet title="Sign in" onClose={() => setOpen(false)}>
          <SignInForm onSignedIn={() => setOpen(false)} />
        </Sheet>
      ) : null}
    </>
  );
}

/** Who has signed in with a button to sign out, or a button to sign in if that is of use. */
export function SessionStatus(): ReactNode {
  const queries = useQueryClient();
  const session = useSession();
  const signOut = useMutation({
    mutationFn: async () => postJson('signedOut', '/sign-out'),
    onSuccess: ({ provider }) => {
      // else the next sign-in asks for no password
      if (provider !== null) window.location.assign(provider);
    },
    onSettled: async () => queries.resetQueries(),
  });
  if (session === undefined) return null;
  const { role, name, isPerson, provider, reading, operating } = session;
  if (role !== null)
    return (
      <span className="session">
        <small title={name === null ? undefined : `Signed in as ${name}, ${role}`}>
          {isPerson ? name : role}
        </small>
        <button type="button" onClick={() => signOut.mutate()}>
          Sign out
        </button>
      </span>
    );
  // without a key such a server shows nothing but the form
  const isUseful = operating === 'keyed' || provider !== null;
  return reading === 'open' && isUseful ? <SignInButton /> : null;
}
