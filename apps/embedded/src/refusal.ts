/**
 * Something that was asked for cannot be done, and the message says why and what to do: shown as it
 * is, without a stack.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
