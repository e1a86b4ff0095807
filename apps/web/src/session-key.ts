import { useSyncExternalStore } from 'react';

const STORAGE_NAME = 'marquee-key';

const listeners = new Set<() => void>();

/** The API key sent with requests, stored until the tab is closed; null without one. */
export function sessionKey(): string | null {
  return sessionStorage.getItem(STORAGE_NAME);
}

/** Stores a key until the tab is closed; null removes it. */
export function storeKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(STORAGE_NAME);
  else sessionStorage.setItem(STORAGE_NAME, key);
  for (const changed of listeners) changed();
}

/** Whether a key is stored; re-renders the component when that changes. */
export function useHasKey(): boolean {
  return useSyncExternalStore(subscribeToKey, () => sessionKey() !== null);
}

function subscribeToKey(changed: () => void): () => void {
  listeners.add(changed);
  return () => void listeners.delete(changed);
}
