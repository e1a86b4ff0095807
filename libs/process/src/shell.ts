/** A value as a POSIX shell reads it, for commands that people are to type. */
export function quoted(value: string): string {
  return /^[\w./:@-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
