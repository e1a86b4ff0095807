import {
  BACKSLASH,
  CLOSE_BRACKET,
  COMMA,
  LIST_SEPARATOR,
  LOWER_M,
  LOWER_N,
  LOWER_T,
  MINUS,
  NEWLINE,
  NINE,
  NUL,
  ONE,
  OPEN_BRACKET,
  POINT,
  QUOTE,
  SPACE,
  TAB,
  UPPER_N,
  ZERO,
} from './bytes.ts';
import {
  ARRAY_HEAD,
  INTEGER_SIZE,
  LENGTH_SIZE,
  NULL_LENGTH,
  writeArrayHead,
  writeLength,
  writeNumeric,
} from './copy-format.ts';

/** Why a row is rejected; the message is the reject's reason. */
export class RowFault extends Error {
  override readonly name: string = 'RowFault';
}

/**
 * The most bytes written per byte read. A field's separator counts as one of its bytes. The worst
 * case is an empty list, 16 bytes for one, or a list of two empty values, 32 for two; further
 * values take 4 bytes for their separator and one per byte. A decimal takes up to 14 for two. The
 * two bytes before a row are far less than its id leaves over.
 */
const GROWTH = 16;

const MAX_INTEGER = 2_147_483_647;
const ID_DIGITS = { min: 7, max: 10 };

/**
 * Encodes the fields of a dataset's file, one after another, as fields of the binary COPY format
 * with their lengths. Works on bytes, not on strings: 10 GB pass through here, and a byte loop
 * takes a third of the time of decoding, splitting and joining.
 *
 * `source` holds whole lines only, so a tab or a newline ends each field. Each method reads the
 * field at `at`, writes it to `target` at `to`, and leaves `at` on the byte that ended it. `target`
 * needs {@link GROWTH} bytes of room for each byte of the lines.
 */
export class FieldEncoder {
  source: Buffer = Buffer.alloc(0);
  at = 0;
  target: Buffer = Buffer.alloc(0);
  /** A view of `target` for numbers. */
  numbers = new DataView(this.target.buffer);
  to = 0;

  /**
   * Makes room in `target` for the encoded form of lines of some length. May discard its content.
   */
  makeRoom(length: number): void {
    if (this.target.length >= length * GROWTH) return;
    this.target = Buffer.allocUnsafeSlow(length * GROWTH);
    this.numbers = new DataView(this.target.buffer);
  }

  /**
   * Encodes a null, which every type may be.
   *
   * @returns false when the field is not null
   */
  null(): boolean {
    const { source, at } = this;
    if (source[at] !== BACKSLASH || source[at + 1] !== UPPER_N || !isEnd(source[at + 2]))
      return false;
    this.numbers.setInt32(this.to, NULL_LENGTH);
    this.to += LENGTH_SIZE;
    this.at = at + 2;
    return true;
  }

  text(): void {
    const { source, target, numbers, to: start } = this;
    let { at } = this;
    let to = start + LENGTH_SIZE;
    for (;;) {
      const byte = source[at] as number;
      if (byte <= NEWLINE) {
        if (byte === TAB || byte === NEWLINE) break;
        if (byte === NUL) throw new RowFault(NUL_FAULT);
      }
      target[to++] = byte;
      at++;
    }
    writeLength(numbers, start, to);
    this.at = at;
    this.to = to;
  }

  /** `tt` and digits. */
  titleId(): void {
    this.#id(LOWER_T, LOWER_T);
    this.#expectEnd();
  }

  nameId(): void {
    this.#id(LOWER_N, LOWER_M);
    this.#expectEnd();
  }

  /**
   * A whole number as the files have it: digits without leading zeros, with or without a minus.
   *
   * @returns its value, which can be part of a key
   */
  integer(): number {
    const { source, numbers, to } = this;
    let { at } = this;
    const negative = source[at] === MINUS;
    if (negative) at++;
    const start = at;
    let value = 0;
    for (
      let byte = source[at] as number;
      byte >= ZERO && byte <= NINE;
      byte = source[at] as number
    ) {
      value = value * 10 + byte - ZERO;
      at++;
    }
    const digits = at - start;
    if (digits === 0 || (negative && value === 0) || !isEnd(source[at]))
      throw new RowFault('not a whole number');
    if (digits > 1 && source[start] === ZERO) throw new RowFault('a number with a leading zero');
    if (digits > 10 || value > (negative ? MAX_INTEGER + 1 : MAX_INTEGER))
      throw new RowFault('a number of more than 32 bits');
    if (negative) value = -value;
    numbers.setInt32(to, INTEGER_SIZE - LENGTH_SIZE);
    numbers.setInt32(to + LENGTH_SIZE, value);
    this.at = at;
    this.to = to + INTEGER_SIZE;
    return value;
  }

  /** One or two digits; optionally a point and one decimal. */
  decimal(): void {
    const { source } = this;
    let { at } = this;
    const start = at;
    let whole = 0;
    for (
      let byte = source[at] as number;
      byte >= ZERO && byte <= NINE;
      byte = source[at] as number
    ) {
      whole = whole * 10 + byte - ZERO;
      at++;
    }
    const digits = at - start;
    let tenths = 0;
    if (digits > 0 && source[at] === POINT) {
      const digit = source[at + 1] as number;
      if (digit < ZERO || digit > NINE) throw new RowFault('not a number with one decimal');
      tenths = digit - ZERO;
      at += 2;
    }
    if (digits === 0 || digits > 2 || !isEnd(source[at]))
      throw new RowFault('not a number with one decimal');
    this.at = at;
    this.to = writeNumeric(this.numbers, this.to, whole, tenths);
  }

  boolean(): void {
    const byte = this.source[this.at];
    if ((byte !== ZERO && byte !== ONE) || !isEnd(this.source[this.at + 1]))
      throw new RowFault('neither 0 nor 1');
    const { target, numbers, to } = this;
    numbers.setInt32(to, 1);
    target[to + LENGTH_SIZE] = byte - ZERO;
    this.to = to + LENGTH_SIZE + 1;
    this.at++;
  }

  /** Values with a separator between them; an empty field is an empty list. */
  list(separator: number): void {
    const { source, target, numbers, to: start } = this;
    let { at } = this;
    if (isEnd(source[at])) {
      this.to = writeArrayHead(numbers, start, start, 0);
      return;
    }
    let count = 1;
    let valueStart = start + ARRAY_HEAD;
    let to = valueStart + LENGTH_SIZE;
    for (;;) {
      const byte = source[at++] as number;
      if (byte === separator) {
        writeLength(numbers, valueStart, to);
        valueStart = to;
        to += LENGTH_SIZE;
        count++;
        continue;
      }
      if (byte <= NEWLINE) {
        if (byte === TAB || byte === NEWLINE) break;
        if (byte === NUL) throw new RowFault(NUL_FAULT);
      }
      target[to++] = byte;
    }
    writeLength(numbers, valueStart, to);
    this.at = at - 1;
    this.to = writeArrayHead(numbers, start, to, count);
  }

  titleIdList(): void {
    this.#idList(LOWER_T, LOWER_T);
  }

  nameIdList(): void {
    this.#idList(LOWER_N, LOWER_M);
  }

  /**
   * A JSON array of strings. Copies the bytes if only quotes and backslashes are escaped, and
   * otherwise uses JSON.parse.
   */
  jsonList(): void {
    if (!this.#plainJsonList()) this.#decodedJsonList();
  }

  /**
   * @returns false, without moving `at` or `to`, when the field has other escapes, spaces between
   *   its strings, or no strings
   */
  #plainJsonList(): boolean {
    const { source, target, numbers, to: start } = this;
    let { at } = this;
    if (source[at] !== OPEN_BRACKET || source[at + 1] !== QUOTE) return false;
    let count = 0;
    let to = start + ARRAY_HEAD;
    do {
      const valueStart = to;
      to += LENGTH_SIZE;
      at += 2;
      for (let byte = source[at] as number; byte !== QUOTE; byte = source[at] as number) {
        if (byte < SPACE) return false;
        if (byte === BACKSLASH) {
          byte = source[++at] as number;
          if (byte !== QUOTE && byte !== BACKSLASH) return false;
        }
        target[to++] = byte;
        at++;
      }
      writeLength(numbers, valueStart, to);
      count++;
      at++;
    } while (source[at] === COMMA && source[at + 1] === QUOTE);
    if (source[at] !== CLOSE_BRACKET || !isEnd(source[at + 1])) return false;
    this.at = at + 1;
    this.to = writeArrayHead(numbers, start, to, count);
    return true;
  }

  #decodedJsonList(): void {
    const { source, target, numbers, to: start } = this;
    const end = endOf(source, this.at);
    const values = parseStrings(source.toString('utf8', this.at, end));
    let to = start + ARRAY_HEAD;
    for (const value of values) {
      const valueStart = to;
      to += LENGTH_SIZE;
      to += target.write(value, to);
      writeLength(numbers, valueStart, to);
    }
    this.at = end;
    this.to = writeArrayHead(numbers, start, to, values.length);
  }

  #idList(first: number, second: number): void {
    const { source, numbers, to: start } = this;
    let count = 0;
    // an empty field is an empty list
    if (!isEnd(source[this.at])) {
      this.to = start + ARRAY_HEAD;
      this.#id(first, second);
      for (count = 1; source[this.at] === COMMA; count++) {
        this.at++;
        this.#id(first, second);
      }
      this.#expectEnd();
    }
    this.to = writeArrayHead(numbers, start, this.to, count);
  }

  #id(first: number, second: number): void {
    const { source, target, numbers, to: start } = this;
    let { at } = this;
    if (source[at] !== first || source[at + 1] !== second)
      throw new RowFault(`not an id that starts with ${String.fromCharCode(first, second)}`);
    let to = start + LENGTH_SIZE;
    target[to++] = first;
    target[to++] = second;
    at += 2;
    const digitsAt = at;
    for (
      let byte = source[at] as number;
      byte >= ZERO && byte <= NINE;
      byte = source[at] as number
    ) {
      target[to++] = byte;
      at++;
    }
    const digits = at - digitsAt;
    if (digits < ID_DIGITS.min || digits > ID_DIGITS.max) {
      throw new RowFault(
        `an id of ${digits} digits; ids have ${ID_DIGITS.min} to ${ID_DIGITS.max}`,
      );
    }
    writeLength(numbers, start, to);
    this.at = at;
    this.to = to;
  }

  #expectEnd(): void {
    if (!isEnd(this.source[this.at])) throw new RowFault('an id with other characters after it');
  }
}

/** The separators of the two list formats that have one. */
export const SEPARATORS = { comma: COMMA, '0x02': LIST_SEPARATOR } as const;

const NUL_FAULT = 'a NUL byte, which PostgreSQL cannot store in text';

function isEnd(byte: number | undefined): boolean {
  return byte === TAB || byte === NEWLINE;
}

/** The end of the field that contains `from`. */
function endOf(source: Uint8Array, from: number): number {
  let at = from;
  while (!isEnd(source[at])) at++;
  return at;
}

function parseStrings(json: string): string[] {
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch {
    throw new RowFault('not JSON');
  }
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string'))
    throw new RowFault('not a JSON array of strings');
  if (!values.every((value) => value.isWellFormed()))
    throw new RowFault('a JSON string with half a surrogate pair');
  if (values.some((value) => value.includes('\0'))) throw new RowFault(NUL_FAULT);
  return values;
}
