import type { Operation } from '../api-document.ts';
import { SeededRandom } from '../faults/seeded-random.ts';

/** A valid or invalid request as bytes. */
export interface FuzzRequest {
  readonly number: number;
  /** A response to HEAD has no body. */
  readonly isHead: boolean;
  readonly bytes: Buffer;
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'X',
  'G\u0000T',
];
const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  '1e309',
  '99999999999999999999',
  'null',
  'undefined',
  'NaN',
  'true',
  '[]',
  '{}',
  "'",
  '"',
  '\\',
  ';',
  "' or 1=1 --",
  '$1',
  '${7*7}',
  '*',
  ':*',
  '& | !',
  '(',
  '<->',
  ',',
  ',,,',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'tt0000001',
  'nm0000001',
  'tt99999999999',
  'movie',
  'Drama',
  'US',
  'en',
  'the',
  'cast',
  'votes',
  'ndjson',
  'csv',
  'tconst,tconst',
  'x'.repeat(501),
  'ß',
  'İ',
  'ﬃ',
  '💥',
  '\u202e',
  '\ufeff',
  '\uffff',
  'e\u0301'.repeat(50),
  '千',
  'שלום',
];
/** Invalid UTF-8 and invalid percent-encoding. */
const BROKEN = [
  '%',
  '%z',
  '%zz',
  '%0',
  '%00',
  '%C0%80',
  '%ED%A0%80',
  '%FF%FE',
  '%F4%90%80%80',
  '\xff\xfe',
  '\xc3',
  '%u0041',
  '+',
  '&&',
  '==',
  '#',
  '?',
  '//',
  '/../',
  '/./',
  '%2e%2e%2f',
  '%2F',
  '|',
  '<',
  '`',
  '^',
  '\t',
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  Accept: [
    'application/json',
    'text/csv',
    'application/x-ndjson',
    '*/*',
    'text/html;q=0.9, */*;q=0',
    ';;;q=',
    'x'.repeat(500),
  ],
  'Accept-Encoding': ['gzip', 'br', 'zstd', 'deflate', 'identity;q=0', '*;q=0', 'gzip;q=9,,'],
  Authorization: ['Bearer', 'Bearer x', `Bearer mq_${'A'.repeat(43)}`, 'Basic Og==', '\xff'],
  'X-API-Key': ['', 'mq_', `mq_${'A'.repeat(43)}`, 'x'.repeat(3000)],
  'If-None-Match': ['*', '""', 'W/"x"', ',,,', '"'.repeat(200)],
  Origin: ['null', 'http://example.org', 'http://127.0.0.1', ':::'],
  Range: ['bytes=0-', 'bytes=9-1', 'x'],
  Expect: ['100-continue', 'x'],
  Upgrade: ['websocket'],
  Connection: ['keep-alive', 'close', 'upgrade', 'x, y'],
  'X-Forwarded-For': ['1.2.3.4', '::1, x', ','],
  traceparent: ['00-0-0-00', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`],
  Cookie: ['a=b', 'x'.repeat(6000)],
  'Last-Event-ID': ['1', 'x'],
  'X-Broken': ['a\rb', 'a\u0000b', '\x7f'],
};
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-16',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'x',
  '',
];

/** Generates random requests. Each depends only on the seed and its number. */
export class RequestSource {
  readonly #operations: readonly Operation[];
  readonly #known: readonly string[];
  readonly #seed: number;
  readonly #keys: readonly string[];

  /**
   * @param known existing ids, so that not every response is a 404
   * @param keys valid API keys
   */
  constructor(
    operations: readonly Operation[],
    { known, keys, seed }: { known: readonly string[]; keys: readonly string[]; seed: number },
  ) {
    this.#operations = operations;
    this.#known = known;
    this.#keys = keys;
    this.#seed = seed;
  }

  request(number: number): FuzzRequest {
    const random = new SeededRandom(
      Math.imul(this.#seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b),
    );
    const operation = random.pick(this.#operations);
    const method = random.fraction() < 0.85 ? operation.method : random.pick(METHODS);
    const body =
      random.fraction() < (operation.body === null ? 0.05 : 0.9)
        ? this.#body(random, operation)
        : null;
    const head = `${method} ${this.#target(random, operation)} HTTP/1.${random.fraction() < 0.98 ? 1 : 0}\r\n${this.#headers(
      random,
      body,
    )
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`;
    // headers are bytes: non-ASCII characters are intended
    return {
      number,
      isHead: method === 'HEAD',
      bytes: Buffer.concat([
        Buffer.from(head, random.fraction() < 0.5 ? 'latin1' : 'utf8'),
        Buffer.from(body ?? ''),
      ]),
    };
  }

  #text(random: SeededRandom): string {
    const kind = random.fraction();
    if (kind < 0.35) return random.pick(this.#known);
    if (kind < 0.8) return random.pick(TEXTS);
    if (kind < 0.9) return String(random.integer(-10, 3000));
    return Array.from({ length: random.integer(1, 40) }, () =>
      String.fromCodePoint(
        random.fraction() < 0.7 ? random.integer(32, 126) : random.integer(0, 0xd7ff),
      ),
    ).join('');
  }

  /** Encoded correctly, for the most part. */
  #encoded(random: SeededRandom): string {
    return random.fraction() < 0.9 ? encodeURIComponent(this.#text(random)) : random.pick(BROKEN);
  }

  #target(random: SeededRandom, { path, parameters }: Operation): string {
    let target = path.replaceAll(/\{\w+\}/gu, () =>
      random.fraction() < 0.7 ? random.pick(this.#known) : this.#encoded(random),
    );
    if (random.fraction() < 0.08) {
      const at = random.integer(0, target.length);
      target = `${target.slice(0, at)}${random.pick(BROKEN)}${target.slice(at)}`;
    }
    if (random.fraction() < 0.01) target += `/${'x'.repeat(random.integer(1000, 20_000))}`;
    const names = parameters.filter(({ in: where }) => where === 'query').map(({ name }) => name);
    const query = Array.from({ length: random.fraction() < 0.2 ? 0 : random.integer(0, 5) }, () => {
      const parameter = parameters.find(
        ({ name }) =>
          name === (names.length > 0 && random.fraction() < 0.9 ? random.pick(names) : ''),
      );
      const { enum: allowed, example } = (parameter?.schema ?? {}) as {
        enum?: readonly string[];
        example?: string | number;
      };
      const good = allowed === undefined ? example : random.pick(allowed);
      const value =
        good !== undefined && random.fraction() < 0.6
          ? encodeURIComponent(String(good))
          : this.#encoded(random);
      return `${parameter?.name ?? this.#encoded(random)}${random.fraction() < 0.03 ? '[]' : ''}=${value}`;
    });
    return query.length === 0 ? target : `${target}?${query.join('&')}`;
  }

  #headers(random: SeededRandom, body: string | null): [string, string][] {
    const host = random.fraction();
    const headers: [string, string][] =
      host < 0.97
        ? [['Host', 'localhost']]
        : host < 0.98
          ? []
          : [['Host', random.pick(['example.org', '', '[::1', '\xff', 'localhost:99999'])]];
    const names = Object.keys(VALUES);
    for (let left = random.fraction() < 0.5 ? 0 : random.integer(1, 4); left > 0; left--) {
      const name = random.pick(names);
      headers.push([name, random.pick(VALUES[name] ?? [''])]);
    }
    if (random.fraction() < 0.3)
      headers.push(['Authorization', `Bearer ${random.pick(this.#keys)}`]);
    if (random.fraction() < 0.005)
      headers.push(
        ...Array.from({ length: 300 }, (_, i): [string, string] => [
          `X-${i}`,
          'x'.repeat(random.integer(0, 100)),
        ]),
      );
    if (body === null) return headers;
    headers.push([
      'Content-Type',
      random.fraction() < 0.9 ? 'application/json' : random.pick(TYPES),
    ]);
    const length = random.fraction();
    if (length < 0.97) headers.push(['Content-Length', String(Buffer.byteLength(body))]);
    else
      headers.push(
        random.pick<[string, string]>([
          ['Content-Length', '1'],
          ['Content-Length', '-1'],
          ['Content-Length', 'x'],
          ['Transfer-Encoding', 'chunked'],
          ['Transfer-Encoding', 'gzip'],
        ]),
      );
    return headers;
  }

  #body(random: SeededRandom, { body }: Operation): string {
    const kind = random.fraction();
    if (kind < 0.05)
      return random.pick([
        '',
        '{',
        'null',
        '""',
        '[]',
        '{"a":1,"a":2}',
        '{"__proto__":{"x":1}}',
        '{"constructor":{"prototype":{}}}',
        '\ufeff{}',
        '[['.repeat(5000),
        `"${'x'.repeat(70_000)}"`,
      ]);
    const { properties = {} } = (body?.schema ?? {}) as { properties?: Record<string, unknown> };
    const names = [...Object.keys(properties), 'ids', 'datasets', 'force', 'name', 'role', 'url'];
    const fields = Array.from({ length: random.integer(0, 4) }, () => [
      random.fraction() < 0.9 ? random.pick(names) : this.#text(random),
      this.#json(random, 0),
    ]);
    return JSON.stringify(Object.fromEntries(fields));
  }

  #json(random: SeededRandom, depth: number): unknown {
    const kind = random.fraction();
    if (kind < 0.3 && depth < 4)
      return Array.from({ length: random.integer(0, 4) }, () => this.#json(random, depth + 1));
    if (kind < 0.4 && depth < 4)
      return Object.fromEntries(
        Array.from({ length: random.integer(0, 3) }, () => [
          this.#text(random),
          this.#json(random, depth + 1),
        ]),
      );
    if (kind < 0.6)
      return random.pick<unknown>([
        null,
        true,
        false,
        0,
        -1,
        1.5,
        1e300,
        'title.basics',
        'title.ratings',
        'reader',
        'http://127.0.0.1:9/x',
        '2030-01-31T00:00:00Z',
      ]);
    return this.#text(random);
  }
}
