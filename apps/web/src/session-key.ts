import { useSyncExternalStore } from 'react';

const STORAGE_NAME = 'marquee-key';

const listeners = new Set<() => void>();

/** The key that is sent along with requests, which lasts as long as the tab; null for none. */
export function sessionKey(): string | null {
  return sessionStorage.getItem(STORAGE_NAME);
}

/** Keeps a key as long as the tab is open; null forgets it. */
export function storeKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(STORAGE_NAME);
  else sessionStorage.setItem(STORAGE_NAME, key);
  for (const changed of listeners) changed();
}

/** Whether a key is kept; whoever asks is drawn anew when that changes. */
export function useHasKey(): boolean {
  return useSyncExternalStore(subscribeToKey, () => sessionKey() !== null);
}

function subscribeToKey(changed: () => void): () => void {
  listeners.add(changed);
  return () => void listeners.delete(changed);
}
