/** A value of a row is not what its transform or its field takes. The message is a clause. */
export class ValueError extends Error {
  override readonly name = 'ValueError';

  /** @param expected what was expected, such as `a whole number` */
  constructor(value: unknown, expected: string) {
    super(`expected ${expected}, got ${shown(value)}`);
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `“${text.length > 100 ? `${text.slice(0, 100)}…` : text}”`;
}
