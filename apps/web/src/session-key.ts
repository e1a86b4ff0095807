const NAME = 'marquee-key';

/** The key that is sent along with requests, which lasts as long as the tab; null for none. */
export function sessionKey(): string | null {
  return sessionStorage.getItem(NAME);
}

/** Keeps a key as long as the tab is open; null forgets it. */
export function keepKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
}
