/**
 * The message of anything that was thrown. An AggregateError has none of its own: a connection to
 * a host with several addresses fails with one error per address, whose messages are joined.
 */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorMessage).join('; ');
  return error instanceof Error ? error.message : String(error);
}
