/** Quotes a value for a POSIX shell, for commands in messages. */
export function quoted(value: string): string {
  return /^[\w./:@-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
