import { useEffect, useRef, type ReactNode, type RefObject } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { useConnection } from './connection.ts';
import { Attribution, SampleDataBadge } from './attribution.tsx';
import { SearchBox } from './search-box.tsx';

/** What is around every page. */
export function Layout({ children }: { readonly children: ReactNode }): ReactNode {
  const [path, navigate] = useLocation();
  const [params] = useSearchParams();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const isBack = useIsHistoryNavigation();
  useEffect(() => {
    // who reads by ear or keyboard is brought to the new page, as a browser would; the first page
    // is there already
    if (!first.current) main.current?.focus({ preventScroll: true });
    // who goes back finds the place again
    if (!first.current && !isBack.current) window.scrollTo(0, 0);
    first.current = false;
  }, [path, isBack]);
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <div>
          <Link href="/" className="brand">
            marquee
          </Link>
          <SampleDataBadge />
        </div>
        {path === '/' ? null : (
          <SearchBox
            label="Search titles and people"
            query={path === '/find' ? (params.get('q') ?? '') : ''}
            onText={(q) => navigate(`/find?q=${encodeURIComponent(q)}`)}
            onPick={(kind, id) => navigate(`/${kind}/${id}`)}
          />
        )}
        <nav aria-label="Pages">
          {PAGES.map(([href, text]) => (
            <Link key={href} href={href} aria-current={path === href ? 'page' : undefined}>
              {text}
            </Link>
          ))}
        </nav>
      </header>
      <ConnectionBanner />
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
      <footer>
        <Attribution />
        <p>
          <a href="/docs">The API</a>
        </p>
      </footer>
    </>
  );
}

/**
 * Whether the page has come up by going back or forth in the history. Known before the page
 * changes, as capturing listeners are told first.
 */
function useIsHistoryNavigation(): RefObject<boolean> {
  const isBack = useRef(false);
  useEffect(() => {
    const note = ({ type }: Event) => {
      isBack.current = type === 'popstate';
    };
    // the latter is the router's own
    const moves = ['popstate', 'pushState'];
    for (const move of moves) window.addEventListener(move, note, { capture: true });
    return () => {
      for (const move of moves) window.removeEventListener(move, note, { capture: true });
    };
  }, []);
  return isBack;
}

const PAGES = [
  ['/find', 'Find'],
  ['/explore', 'Explore'],
  ['/data', 'Data'],
] as const;

const CONNECTION_TEXTS = {
  offline:
    'You are offline. What you have looked at stays; the rest comes back with the connection.',
  unreachable:
    'The server does not answer. What you have looked at stays; the rest comes back by itself as soon as it does.',
};

function ConnectionBanner(): ReactNode {
  const connection = useConnection();
  return (
    <div role="status">
      {connection === 'good' ? null : <p className="banner">{CONNECTION_TEXTS[connection]}</p>}
    </div>
  );
}

/** Sets the name of the page in the window's title. */
export function usePageTitle(text: string | undefined): void {
  useEffect(() => {
    document.title = text === undefined ? 'marquee' : `${text} · marquee`;
  }, [text]);
}

/** There is no such page. */
export function PageNotFound(): ReactNode {
  usePageTitle('No such page');
  return (
    <section className="state">
      <h1>There is no such page</h1>
      <p>
        <Link href="/">Begin at the beginning</Link>, or search above.
      </p>
    </section>
  );
}
