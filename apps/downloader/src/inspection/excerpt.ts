/** How much of what came in place of a file a message shows, in characters. */
const SHOWN_CHARACTERS = 80;
/** The same in bytes: no character has more than four. */
export const SHOWN_BYTES = SHOWN_CHARACTERS * 4;

const PAGE = /^\ufeff?\s*<[!?a-z]/iu;
/** Control characters that no text has. */
const BINARY = /[^\P{Cc}\t\n\r]/u;

/**
 * What came in place of a file, for a message, to follow "it starts with ". Pages and binary data
 * are described: what is in them helps nobody.
 *
 * @param head its first bytes
 * @param isForeign whether a host sent it that is not the one that was asked; nothing of it is shown
 *   then, for it may lie where this machine can read and the reader of the message cannot
 */
export function excerptOf(head: Buffer, isForeign: boolean): string {
  const text = textOf(head.subarray(0, SHOWN_BYTES));
  if (text === null) return 'binary data';
  if (PAGE.test(text)) return 'a web page (HTML or XML)';
  if (isForeign) return 'text, which is not shown, as another host sent it';
  return JSON.stringify(
    text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text,
  );
}

/** Null when the bytes are no text; a character that is cut at the end is left out. */
function textOf(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return BINARY.test(text) ? null : text;
  } catch {
    return null;
  }
}
