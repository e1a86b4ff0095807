/** The longest excerpt in a message, in characters. */
const MAX_CHARACTERS = 80;
/** The same in bytes: a character has at most four. */
export const MAX_EXCERPT_BYTES = MAX_CHARACTERS * 4;

const PAGE = /^\ufeff?\s*<[!?a-z]/iu;
/** Control characters that text does not contain. */
const BINARY = /[^\P{Cc}\t\n\r]/u;

/**
 * Describes a wrong response in a message, after "it starts with ". Only text is quoted: the
 * content of web pages and binary data does not help.
 *
 * @param head the first bytes of the response
 * @param isOtherHost whether another host than the requested one sent it. Then nothing is quoted:
 *   this machine may have access to it that the reader of the message does not have
 */
export function excerptOf(head: Buffer, isOtherHost: boolean): string {
  const text = textOf(head.subarray(0, MAX_EXCERPT_BYTES));
  if (text === null) return 'binary data';
  if (PAGE.test(text)) return 'a web page (HTML or XML)';
  if (isOtherHost) return 'text (not shown, because another host sent it)';
  return JSON.stringify(text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text);
}

/** Null when the bytes are not text. A character that is cut at the end is omitted. */
function textOf(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return BINARY.test(text) ? null : text;
  } catch {
    return null;
  }
}
