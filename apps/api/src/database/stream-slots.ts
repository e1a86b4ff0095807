import { ProblemException } from '../problems/problem-exception.ts';
import { MAX_STREAMS } from './connections.ts';

/** So many of them for one party, so that nobody takes all. */
const MAX_OF_PARTY = 2;
/** A client that has begun one on a connection gets no other answer there before it has ended. */
const MAX_OF_CONNECTION = 1;

const RETRY_AFTER_SECONDS = 10;

/** Who a stream is for. */
export interface StreamClient {
  /** As requests are counted: a key, or an address. */
  readonly party: string;
  /** The connection that the request came on, which can have others waiting behind it. */
  readonly connection: object;
}

/** How many streams go on, in all and for whom. */
export class StreamSlots {
  readonly #taken = new Set<StreamClient>();

  /**
   * Takes a place.
   *
   * @returns gives it back
   * @throws ProblemException 429 when the client has enough of them, 503 when all are taken
   */
  take({ party, connection }: StreamClient): () => void {
    const others = [...this.#taken];
    if (others.filter((one) => one.connection === connection).length >= MAX_OF_CONNECTION)
      throw tooMany(
        429,
        'A stream is going on for this connection.',
        'Read it to its end first, or use another connection',
      );
    if (others.filter((one) => one.party === party).length >= MAX_OF_PARTY)
      throw tooMany(
        429,
        `${MAX_OF_PARTY} streams are going on for this key or address, and no more are served at once.`,
        'Try again when one has ended',
      );
    if (others.length >= MAX_STREAMS)
      throw tooMany(
        503,
        `${MAX_STREAMS} streams are going on, and no more are served at once.`,
        'Try again when one has ended',
      );
    const place = { party, connection };
    this.#taken.add(place);
    return () => void this.#taken.delete(place);
  }
}

function tooMany(status: 429 | 503, detail: string, hint: string): ProblemException {
  return new ProblemException({
    status,
    code: 'too-many-streams',
    detail,
    hint: `${hint}, or ask for pages of JSON.`,
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
  });
}
