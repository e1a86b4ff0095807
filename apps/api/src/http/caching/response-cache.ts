import { LRUCache } from 'lru-cache';

/** The body of a response with the status 200, before compression, and its content type. */
interface CachedResponse {
  readonly body: string;
  readonly type: string;
}

/** A page of 200 items takes this much; larger responses are rarely requested twice. */
const MAX_ENTRY_BYTES = 256 * 1024;
/** Roughly what an entry takes besides its body. */
const OVERHEAD_BYTES = 300;

/** The most recently used responses, by ETag, within a limit of memory. */
export class ResponseCache {
  readonly #entries: LRUCache<string, CachedResponse> | null;

  /** @param maxBytes 0 caches nothing */
  constructor(maxBytes: number) {
    this.#entries =
      maxBytes === 0
        ? null
        : new LRUCache({
            maxSize: maxBytes,
            maxEntrySize: Math.min(MAX_ENTRY_BYTES, maxBytes),
            sizeCalculation: bytesOf,
          });
  }

  get(etag: string): CachedResponse | undefined {
    return this.#entries?.get(etag);
  }

  set(etag: string, response: CachedResponse): void {
    this.#entries?.set(etag, response);
  }
}

/** V8 stores two bytes a character if any character of the text needs more than one. */
function bytesOf({ body }: CachedResponse): number {
  return body.length * 2 + OVERHEAD_BYTES;
}
