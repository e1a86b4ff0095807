/** The body of a good answer, before it is packed, and what kind it is. */
export interface CachedResponse {
  readonly body: string;
  readonly type: string;
}

/** What a whole page takes; larger ones are rarely asked for twice. */
const LARGEST = 256 * 1024;
/** What an answer takes beside its body, about. */
const OVERHEAD_BYTES = 300;

/** The answers that were last asked for, by their marks, in so much memory at most. */
export class ResponseCache {
  readonly #most: number;
  readonly #answers = new Map<string, CachedResponse>();
  #bytes = 0;

  /** @param most in bytes; 0 keeps none */
  constructor(most: number) {
    this.#most = most;
  }

  get(mark: string): CachedResponse | undefined {
    const answer = this.#answers.get(mark);
    if (answer === undefined) return undefined;
    // a Map is in the order in which its entries were put in: the first is the one that was asked
    // for longest ago
    this.#answers.delete(mark);
    this.#answers.set(mark, answer);
    return answer;
  }

  keep(mark: string, answer: CachedResponse): void {
    const bytes = bytesOf(answer);
    if (bytes > Math.min(LARGEST, this.#most)) return;
    this.#drop(mark);
    this.#answers.set(mark, answer);
    this.#bytes += bytes;
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#most) break;
      this.#drop(oldest);
    }
  }

  #drop(mark: string): void {
    const answer = this.#answers.get(mark);
    if (answer === undefined) return;
    this.#answers.delete(mark);
    this.#bytes -= bytesOf(answer);
  }
}

/** A character takes two bytes where any of the text takes more than one. */
function bytesOf({ body }: CachedResponse): number {
  return body.length * 2 + OVERHEAD_BYTES;
}
