import { useSyncExternalStore } from 'react';

const NAME = 'marquee-key';

const listeners = new Set<() => void>();

/** The key that is sent along with requests, which lasts as long as the tab; null for none. */
export function sessionKey(): string | null {
  return sessionStorage.getItem(NAME);
}

/** Keeps a key as long as the tab is open; null forgets it. */
export function keepKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
  for (const changed of listeners) changed();
}

/** Whether a key is kept; whoever asks is drawn anew when that changes. */
export function useIsKeyKept(): boolean {
  return useSyncExternalStore(onKey, () => sessionKey() !== null);
}

function onKey(changed: () => void): () => void {
  listeners.add(changed);
  return () => void listeners.delete(changed);
}
