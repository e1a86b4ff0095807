import { useEffect, useRef, type ReactNode, type RefObject } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { useConnection } from './connection.ts';
import { Attribution, SampleDataBadge } from './attribution.tsx';
import { SchemeSwitch } from './design/scheme.tsx';
import { SessionStatus, SignInPage, useSession } from './sign-in.tsx';
import { pageOf, resultsOf, SearchBox } from './search-box.tsx';
import { useOtherSources } from './sources.ts';

/** Header, navigation and footer around every page. */
export function Layout({ children }: { readonly children: ReactNode }): ReactNode {
  const [path] = useLocation();
  const [params] = useSearchParams();
  const main = useRef<HTMLElement>(null);
  const session = useSession();
  const hasOthers = useOtherSources().length > 0;
  const isLocked = session?.reading === 'keyed' && session.role === null;
  const first = useRef(true);
  const isBack = useIsHistoryNavigation();
  useEffect(() => {
    // move the focus to the new page, as a browser does, for screen readers and keyboards; not for
    // the first page
    if (!first.current) main.current?.focus({ preventScroll: true });
    // going back restores the scroll position
    if (!first.current && !isBack.current) window.scrollTo(0, 0);
    first.current = false;
  }, [path, isBack]);
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <div className="home-link">
          <Link href="/" className="brand">
            marquee
          </Link>
          <SampleDataBadge />
        </div>
        {path === '/' || isLocked ? null : (
          <SearchBox
            label="Search titles and people"
            query={path === '/find' ? (params.get('q') ?? '') : ''}
            hasShortcut
            hrefOf={pageOf}
            hrefOfAll={resultsOf}
          />
        )}
        <nav aria-label="Pages">
          {PAGES.filter(([href]) => href !== '/movie' || hasOthers).map(([href, text]) => (
            <Link key={href} href={href} aria-current={isWithin(path, href) ? 'page' : undefined}>
              {text}
            </Link>
          ))}
          <div className="header-session">
            <SessionStatus />
          </div>
          <SchemeSwitch />
        </nav>
      </header>
      <ConnectionBanner />
      <main id="main" ref={main} tabIndex={-1}>
        {isLocked ? <SignInPage /> : children}
      </main>
      <footer>
        <Attribution />
        <div className="footer-session">
          <SessionStatus />
        </div>
        <p>
          <a href="/docs">API</a>
        </p>
      </footer>
    </>
  );
}

/**
 * Whether the page was reached by going back or forward in the history. Known before the page
 * changes, as capturing listeners run first.
 */
function useIsHistoryNavigation(): RefObject<boolean> {
  const isBack = useRef(false);
  useEffect(() => {
    const note = ({ type }: Event) => {
      isBack.current = type === 'popstate';
    };
    // the router dispatches the latter itself
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
  ['/movie', 'Movies'],
  ['/explore', 'Explore'],
  ['/data', 'Data'],
] as const;

/** Whether a path is a page or one below it. */
function isWithin(path: string, page: string): boolean {
  return path === page || path.startsWith(`${page}/`);
}

const CONNECTION_TEXTS = {
  offline:
    'You are offline. Pages you have visited stay available; the rest loads once you are online again.',
  unreachable:
    'The server does not answer. Pages you have visited stay available; the rest loads as soon as it answers.',
};

function ConnectionBanner(): ReactNode {
  const connection = useConnection();
  return (
    <div role="status">
      {connection === 'good' ? null : <p className="banner">{CONNECTION_TEXTS[connection]}</p>}
    </div>
  );
}

/** Sets the title of the document. */
export function usePageTitle(text: string | undefined): void {
  useEffect(() => {
    document.title = text === undefined ? 'marquee' : `${text} · marquee`;
  }, [text]);
}

/** The page for unknown URLs. */
export function PageNotFound(): ReactNode {
  usePageTitle('Page not found');
  return (
    <section className="state">
      <h1>Page not found</h1>
      <p>
        Go to the <Link href="/">start page</Link>, or search above.
      </p>
    </section>
  );
}
