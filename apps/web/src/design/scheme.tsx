import { useState, useSyncExternalStore, type ReactNode } from 'react';

type Scheme = 'light' | 'dark';

/** `public/scheme.js` reads it before the first paint. */
const STORAGE_NAME = 'marquee-scheme';
const DARK = '(prefers-color-scheme: dark)';

/** Switches between light and dark colours. A choice that equals the system's is not kept. */
export function SchemeSwitch(): ReactNode {
  const system = useSyncExternalStore(subscribeToSystem, systemScheme);
  const [chosen, choose] = useState(document.documentElement.dataset['scheme'] ?? '');
  const scheme = chosen === '' ? system : chosen;
  const other: Scheme = scheme === 'dark' ? 'light' : 'dark';
  const change = () => {
    const kept = other === system ? '' : other;
    document.documentElement.dataset['scheme'] = kept;
    try {
      if (kept === '') localStorage.removeItem(STORAGE_NAME);
      else localStorage.setItem(STORAGE_NAME, kept);
    } catch {
      // no storage: the choice lasts as long as the page
    }
    choose(kept);
  };
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={`Use ${other} colours`}
      title={`Use ${other} colours`}
      onClick={change}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        {other === 'light' ? (
          <>
            <circle cx="12" cy="12" r="4.5" />
            <path d="M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5" />
          </>
        ) : (
          <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />
        )}
      </svg>
    </button>
  );
}

function systemScheme(): Scheme {
  return matchMedia(DARK).matches ? 'dark' : 'light';
}

function subscribeToSystem(changed: () => void): () => void {
  const system = matchMedia(DARK);
  system.addEventListener('change', changed);
  return () => system.removeEventListener('change', changed);
}
