import { NEWLINE, TAB } from './bytes.ts';
import { keyText } from './key-order.ts';

/** Bits indexed by hashes of ids: 16 MB, of which a million ids set less than 1 %. */
const BITS = 2 ** 27;

/** A set of keys to look for in a file, most of whose lines have other keys. */
export class WantedKeys {
  readonly #keys: ReadonlySet<string>;
  readonly #bits = new Uint32Array(BITS / 32);

  /** @param keys ids, each with an ordering after a space where the dataset has one */
  constructor(keys: ReadonlySet<string>) {
    this.#keys = keys;
    for (const key of keys) {
      const hash = hashOf(Buffer.from(`${key.split(' ', 1)[0] ?? ''}\t`, 'latin1'), 0);
      this.#bits[hash >>> 5] = (this.#bits[hash >>> 5] as number) | (1 << (hash & 31));
    }
  }

  /** Whether the line at a position may have one of the ids (a Bloom filter); false means no. */
  mayHave(lines: Buffer, at: number): boolean {
    const hash = hashOf(lines, at);
    return ((this.#bits[hash >>> 5] as number) & (1 << (hash & 31))) !== 0;
  }

  /** Whether the set contains a key. */
  has(source: Buffer, start: number, end: number, ordering: number | null): boolean {
    return this.#keys.has(keyText(source, start, end, ordering));
  }
}

/** FNV-1a of an id, up to the byte that ends it. */
function hashOf(source: Buffer, start: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < source.length; at++) {
    const byte = source[at] as number;
    if (byte === TAB || byte === NEWLINE) break;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0) % BITS;
}
