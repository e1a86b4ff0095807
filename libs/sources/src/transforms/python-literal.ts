import { ValueError } from './value-error.ts';

const CONSTANTS: Readonly<Record<string, unknown>> = { None: null, True: true, False: false };
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
const TOKEN =
  /\s*(?:([[\](){},:])|([uUbB]?(?:'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"))|([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([A-Za-z]+))/uy;
const MAX_DEPTH = 50;

/**
 * Reads a Python literal: lists, tuples, dictionaries, texts, numbers, True, False and None. It is
 * no program that is run, and no JSON: quotes within texts differ.
 *
 * @throws ValueError
 */
export function parsePythonLiteral(text: string): unknown {
  const reader = new LiteralReader(text);
  const value = reader.value(reader.next(), 0);
  reader.end();
  return value;
}

class LiteralReader {
  readonly #text: string;
  readonly #token = new RegExp(TOKEN);

  constructor(text: string) {
    this.#text = text.trimEnd();
  }

  next(): string {
    const found = this.#token.exec(this.#text);
    if (found === null) throw this.#error();
    return found[1] ?? found[2] ?? found[3] ?? found[4] ?? '';
  }

  value(token: string, depth: number): unknown {
    if (depth > MAX_DEPTH) throw this.#error();
    if (token === '[') return this.#list(']', depth);
    if (token === '(') return this.#list(')', depth);
    if (token === '{') return this.#dictionary(depth);
    if (/^[uUbB]?['"]/u.test(token)) return unquote(token);
    if (/^[\d.+-]/u.test(token)) return Number(token);
    if (Object.hasOwn(CONSTANTS, token)) return CONSTANTS[token];
    throw this.#error();
  }

  end(): void {
    if (this.#token.lastIndex !== this.#text.length) throw this.#error();
  }

  #list(close: string, depth: number): unknown[] {
    const items: unknown[] = [];
    for (let token = this.next(); token !== close;) {
      items.push(this.value(token, depth + 1));
      token = this.#separator(close);
    }
    return items;
  }

  #dictionary(depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (let token = this.next(); token !== '}';) {
      const key = this.value(token, depth + 1);
      if (this.next() !== ':') throw this.#error();
      entries.push([String(key), this.value(this.next(), depth + 1)]);
      token = this.#separator('}');
    }
    return Object.fromEntries(entries);
  }

  /** The token behind a comma, which may be the closing one; or the closing one. */
  #separator(close: string): string {
    const token = this.next();
    if (token === close) return token;
    if (token !== ',') throw this.#error();
    return this.next();
  }

  #error(): ValueError {
    return new ValueError(this.#text, 'a Python literal');
  }
}

function unquote(token: string): string {
  return token
    .replace(/^[uUbB]/u, '')
    .slice(1, -1)
    .replace(
      /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U(00(?:0[\da-fA-F]|10)[\da-fA-F]{4})|([^]))/gu,
      (_, x?: string, u?: string, wide?: string, escaped?: string) => {
        const code = x ?? u ?? wide;
        if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
        return escaped === '\n' ? '' : (ESCAPES[escaped ?? ''] ?? escaped ?? '');
      },
    );
}
