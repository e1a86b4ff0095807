/**
 * Something that was asked for cannot be done, and the message says why and what to do: shown as it
 * is, without a stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}
