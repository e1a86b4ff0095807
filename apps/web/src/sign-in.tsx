import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { deleteResource, postJson, useApi, type ApiResponses } from './api-client.ts';
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

/**
 * The form in which a key is entered. The server answers it with a cookie, so that the key is not
 * kept here, and a wrong one is forgotten at once.
 */
function SignInForm({ onSignedIn }: { readonly onSignedIn?: () => void }): ReactNode {
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
    <form className="sign-in" onSubmit={submit}>
      <label>
        Key
        <input
          name="key"
          type="password"
          autoComplete="current-password"
          placeholder="mq_…"
          autoFocus
          aria-invalid={signIn.isError}
        />
      </label>
      {signIn.isError ? <p role="alert">{messageOf(signIn.error)}</p> : null}
      <button type="submit" className="primary" disabled={signIn.isPending}>
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
        <p>You are signed in as {session.role}.</p>
      ) : (
        <>
          <p>
            {session?.reading === 'keyed'
              ? 'This server asks for a key before it shows its titles.'
              : 'A key lets you start updates here.'}
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

/** The role of the session with a button to sign out, or a button to sign in if keys are used. */
export function SessionStatus(): ReactNode {
  const queries = useQueryClient();
  const session = useSession();
  const signOut = useMutation({
    mutationFn: async () => deleteResource('/session'),
    onSettled: async () => queries.resetQueries(),
  });
  if (session === undefined) return null;
  const { role, name, reading, operating } = session;
  if (role !== null)
    return (
      <span className="session">
        <small title={name === null ? undefined : `Signed in as ${name}`}>{role}</small>
        <button type="button" onClick={() => signOut.mutate()}>
          Sign out
        </button>
      </span>
    );
  // without a key such a server shows nothing but the form
  return reading === 'open' && operating === 'keyed' ? <SignInButton /> : null;
}
