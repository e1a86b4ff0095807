import {
  BACKSLASH,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  LIST_SEPARATOR,
  LOWER_F,
  LOWER_M,
  LOWER_N,
  LOWER_R,
  LOWER_T,
  MINUS,
  NEWLINE,
  NINE,
  NUL,
  ONE,
  OPEN_BRACE,
  OPEN_BRACKET,
  POINT,
  QUOTE,
  SPACE,
  TAB,
  UPPER_N,
  ZERO,
} from './bytes.ts';

/** Why a row cannot be taken; its message is the reject's reason. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
}

const MAX_INTEGER = 2_147_483_647;
const ID_DIGITS = { min: 7, max: 10 };

/**
 * Turns one field after another from a dataset's file into COPY's text format. Works on bytes, not on strings: every byte of 10 GB passes through
 * here, and a byte loop takes a third of the time that decoding, splitting and joining takes.
 *
 * `source` holds whole lines only, so every field is ended by a tab or a newline; each method reads the field at `at`, writes it to `target` at
 * `to`, and leaves `at` on what ended it. `target` must have four bytes of room for each byte of the field, and four more.
 */
export class FieldEncoder {
  source: Uint8Array = Buffer.alloc(0);
  at = 0;
  target: Uint8Array = Buffer.alloc(0);
  to = 0;

  /** Takes a null, which every type may hold; false when the field is none. */
  null(): boolean {
    const { source, at } = this;
    if (source[at] !== BACKSLASH || source[at + 1] !== UPPER_N || !isEnd(source[at + 2])) return false;
    this.target[this.to] = BACKSLASH;
    this.target[this.to + 1] = UPPER_N;
    this.to += 2;
    this.at = at + 2;
    return true;
  }

  text(): void {
    const { source, target } = this;
    let { at, to } = this;
    for (;;) {
      const byte = source[at] as number;
      if (byte > BACKSLASH) {
        target[to++] = byte;
      } else if (byte === TAB || byte === NEWLINE) {
        break;
      } else if (byte === BACKSLASH) {
        target[to++] = BACKSLASH;
        target[to++] = BACKSLASH;
      } else if (byte === CARRIAGE_RETURN) {
        target[to++] = BACKSLASH;
        target[to++] = LOWER_R;
      } else if (byte === NUL) {
        throw new RowFault('a NUL byte, which no text may hold');
      } else {
        target[to++] = byte;
      }
      at++;
    }
    this.at = at;
    this.to = to;
  }

  /** `tt` or `nm` and digits. */
  titleId(): void {
    this.#id(LOWER_T, LOWER_T);
    this.#expectEnd();
  }

  nameId(): void {
    this.#id(LOWER_N, LOWER_M);
    this.#expectEnd();
  }

  /**
   * A whole number as a file writes it: digits without leading zeros, or a minus before them.
   *
   * @returns its value, for keys
   */
  integer(): number {
    const { source, target } = this;
    let { at, to } = this;
    const negative = source[at] === MINUS;
    if (negative) target[to++] = source[at++] as number;
    const start = at;
    let value = 0;
    for (let byte = source[at] as number; byte >= ZERO && byte <= NINE; byte = source[at] as number) {
      value = value * 10 + byte - ZERO;
      target[to++] = byte;
      at++;
    }
    const digits = at - start;
    if (digits === 0 || (negative && value === 0) || !isEnd(source[at])) throw new RowFault('no whole number');
    if (digits > 1 && source[start] === ZERO) throw new RowFault('a number with a leading zero');
    if (digits > 10 || value > (negative ? MAX_INTEGER + 1 : MAX_INTEGER)) throw new RowFault('a number beyond 32 bits');
    this.at = at;
    this.to = to;
    return negative ? -value : value;
  }

  /** One or two digits, and a point with one more. */
  decimal(): void {
    const { source, target } = this;
    let { at, to } = this;
    const start = at;
    for (let byte = source[at] as number; byte >= ZERO && byte <= NINE; byte = source[at] as number) {
      target[to++] = byte;
      at++;
    }
    const whole = at - start;
    if (whole > 0 && source[at] === POINT) {
      target[to++] = POINT;
      at++;
      const digit = source[at] as number;
      if (digit < ZERO || digit > NINE) throw new RowFault('no number with one decimal');
      target[to++] = digit;
      at++;
    }
    if (whole === 0 || whole > 2 || !isEnd(source[at])) throw new RowFault('no number with one decimal');
    this.at = at;
    this.to = to;
  }

  boolean(): void {
    const byte = this.source[this.at];
    if ((byte !== ZERO && byte !== ONE) || !isEnd(this.source[this.at + 1])) throw new RowFault('neither 0 nor 1');
    this.target[this.to++] = byte === ONE ? LOWER_T : LOWER_F;
    this.at++;
  }

  /** Values split by a separator; an empty field is a list of none. */
  list(separator: number): void {
    const { source, target } = this;
    let { at, to } = this;
    target[to++] = OPEN_BRACE;
    if (!isEnd(source[at])) target[to++] = QUOTE;
    for (;;) {
      const byte = source[at] as number;
      if (byte === separator) {
        target[to++] = QUOTE;
        target[to++] = COMMA;
        target[to++] = QUOTE;
      } else if (byte > BACKSLASH) {
        target[to++] = byte;
      } else if (byte === TAB || byte === NEWLINE) {
        break;
      } else {
        to = writeInArray(target, to, byte);
      }
      at++;
    }
    if (at !== this.at) target[to++] = QUOTE;
    target[to++] = CLOSE_BRACE;
    this.at = at;
    this.to = to;
  }

  titleIdList(): void {
    this.#idList(LOWER_T, LOWER_T);
  }

  nameIdList(): void {
    this.#idList(LOWER_N, LOWER_M);
  }

  /** A JSON array of strings. What needs no decoding is copied, the rest is left to JSON.parse. */
  jsonList(): void {
    if (!this.#plainJsonList()) this.#decodedJsonList();
  }

  /**
   * JSON strings and array literals agree on quotes, and on backslashes before quotes and backslashes, so a field with no other escape and no space
   * between its strings is copied with braces for brackets.
   *
   * @returns false, and writes nothing that counts, when the field is of another kind
   */
  #plainJsonList(): boolean {
    const { source, target } = this;
    let { at, to } = this;
    if (source[at] !== OPEN_BRACKET || source[at + 1] !== QUOTE) return false;
    target[to++] = OPEN_BRACE;
    at++;
    for (;;) {
      target[to++] = QUOTE;
      at++;
      for (;;) {
        const byte = source[at] as number;
        if (byte === QUOTE) break;
        if (byte < SPACE) return false;
        if (byte === BACKSLASH) {
          const escaped = source[at + 1];
          if (escaped !== QUOTE && escaped !== BACKSLASH) return false;
          to = writeInArray(target, to, escaped);
          at += 2;
          continue;
        }
        target[to++] = byte;
        at++;
      }
      target[to++] = QUOTE;
      at++;
      if (source[at] !== COMMA || source[at + 1] !== QUOTE) break;
      target[to++] = COMMA;
      at++;
    }
    if (source[at] !== CLOSE_BRACKET || !isEnd(source[at + 1])) return false;
    target[to++] = CLOSE_BRACE;
    this.at = at + 1;
    this.to = to;
    return true;
  }

  #decodedJsonList(): void {
    const end = endOf(this.source, this.at);
    const values = parseStrings(Buffer.from(this.source.subarray(this.at, end)).toString());
    const { target } = this;
    let { to } = this;
    target[to++] = OPEN_BRACE;
    for (const [i, value] of values.entries()) {
      if (i > 0) target[to++] = COMMA;
      target[to++] = QUOTE;
      for (const byte of Buffer.from(value)) to = writeInArray(target, to, byte);
      target[to++] = QUOTE;
    }
    target[to++] = CLOSE_BRACE;
    this.at = end;
    this.to = to;
  }

  #idList(first: number, second: number): void {
    const { source, target } = this;
    target[this.to++] = OPEN_BRACE;
    // an empty field is a list of none
    if (!isEnd(source[this.at])) {
      this.#id(first, second);
      while (source[this.at] === COMMA) {
        target[this.to++] = COMMA;
        this.at++;
        this.#id(first, second);
      }
      this.#expectEnd();
    }
    target[this.to++] = CLOSE_BRACE;
  }

  #id(first: number, second: number): void {
    const { source, target } = this;
    let { at, to } = this;
    if (source[at] !== first || source[at + 1] !== second) throw new RowFault(`no id that starts with ${String.fromCharCode(first, second)}`);
    target[to++] = first;
    target[to++] = second;
    at += 2;
    const start = at;
    for (let byte = source[at] as number; byte >= ZERO && byte <= NINE; byte = source[at] as number) {
      target[to++] = byte;
      at++;
    }
    if (at - start < ID_DIGITS.min || at - start > ID_DIGITS.max) {
      throw new RowFault(`an id of ${at - start} digits; ids have ${ID_DIGITS.min} to ${ID_DIGITS.max}`);
    }
    this.at = at;
    this.to = to;
  }

  #expectEnd(): void {
    if (!isEnd(this.source[this.at])) throw new RowFault('an id with something behind it');
  }
}

/** The separators of the two kinds of lists that have one. */
export const SEPARATORS = { comma: COMMA, '0x02': LIST_SEPARATOR } as const;

function isEnd(byte: number | undefined): boolean {
  return byte === TAB || byte === NEWLINE;
}

/** Where the field that `from` is in ends. */
function endOf(source: Uint8Array, from: number): number {
  let at = from;
  while (!isEnd(source[at])) at++;
  return at;
}

/** A byte inside a quoted value of an array literal inside a COPY line, which escape quotes and backslashes one after the other. */
function writeInArray(target: Uint8Array, at: number, byte: number): number {
  let to = at;
  switch (byte) {
    case QUOTE:
      target[to++] = BACKSLASH;
      target[to++] = BACKSLASH;
      target[to++] = QUOTE;
      return to;
    case BACKSLASH:
      target[to++] = BACKSLASH;
      target[to++] = BACKSLASH;
      target[to++] = BACKSLASH;
      target[to++] = BACKSLASH;
      return to;
    case TAB:
      target[to++] = BACKSLASH;
      target[to++] = LOWER_T;
      return to;
    case NEWLINE:
      target[to++] = BACKSLASH;
      target[to++] = LOWER_N;
      return to;
    case CARRIAGE_RETURN:
      target[to++] = BACKSLASH;
      target[to++] = LOWER_R;
      return to;
    case NUL:
      throw new RowFault('a NUL byte, which no text may hold');
    default:
      target[to++] = byte;
      return to;
  }
}

function parseStrings(json: string): string[] {
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch {
    throw new RowFault('no JSON');
  }
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) throw new RowFault('no JSON array of strings');
  if (!values.every((value) => value.isWellFormed())) throw new RowFault('a JSON string with half a character');
  return values;
}
