/**
 * The URL of an API as its user means it: `localhost:3000` is `http://localhost:3000`. Without this,
 * `localhost:` would be the scheme of a URL.
 */
export function withScheme(text: string): string {
  return /^[a-z][a-z\d+.-]*:\/\//iu.test(text) ? text : `http://${text}`;
}
