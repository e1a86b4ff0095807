import { ProblemException } from '../problems/problem-exception.ts';
import { MAX_STREAMS } from './connections.ts';

/** On one HTTP connection, the next answer waits for the end of a stream anyway. */
const MAX_OF_CONNECTION = 1;

const RETRY_AFTER_SECONDS = 10;

/** The client of a stream. */
export interface StreamClient {
  /** The key or address by which its requests are counted. */
  readonly party: string;
  /** The connection of the request; others may wait on it. */
  readonly connection: object;
}

/** How many streams may be open. */
interface StreamLimits {
  readonly all: number;
  /** How many of them one party may have, so that nobody takes all. */
  readonly ofParty: number;
}

/** Streams that hold a connection to the database. */
const OF_DATABASE: StreamLimits = { all: MAX_STREAMS, ofParty: 2 };

/** The streams that are open, and their clients. */
export class StreamSlots {
  readonly #limits: StreamLimits;
  readonly #taken = new Set<StreamClient>();

  constructor(limits: StreamLimits = OF_DATABASE) {
    this.#limits = limits;
  }

  /**
   * Takes a slot.
   *
   * @returns a function that gives it back
   * @throws ProblemException 429 when the client has its share, 503 when all slots are taken
   */
  take({ party, connection }: StreamClient): () => void {
    const { all, ofParty } = this.#limits;
    const others = [...this.#taken];
    if (others.filter((one) => one.connection === connection).length >= MAX_OF_CONNECTION)
      throw tooMany(
        429,
        'This connection already has an open stream.',
        'Read it to its end first, or use another connection',
      );
    if (others.filter((one) => one.party === party).length >= ofParty)
      throw tooMany(
        429,
        `This key or address already has ${ofParty} open streams, the maximum.`,
        'Try again when one has ended',
      );
    if (others.length >= all)
      throw tooMany(503, `All ${all} streams are in use.`, 'Try again when one has ended');
    const slot = { party, connection };
    this.#taken.add(slot);
    return () => void this.#taken.delete(slot);
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
