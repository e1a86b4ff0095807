/**
 * Longer texts are cut, both stored texts and queries: they fit any index, and a single word of
 * them fits a lexeme.
 */
const MAX_LENGTH = 240;

/**
 * Marks without which a letter counts as the same in search: those of Latin, Greek and Cyrillic,
 * the points of Hebrew and the vowels of Arabic. Other marks, such as the vowels of Hindi, make
 * another word.
 */
const MARKS =
  /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0640\u200b-\u200f\u00ad]/gu;

/**
 * Letters without a decomposition that people write differently when their keyboard lacks them:
 * Persian yeh and kaf are the Arabic ones, and the digits of both are ASCII's.
 */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ð: 'd',
  ı: 'i',
  ħ: 'h',
  ŋ: 'n',
  ς: 'σ',
  ی: 'ي',
  ى: 'ي',
  ک: 'ك',
  ...digitsFrom(0x0660),
  ...digitsFrom(0x06f0),
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/** The ten digits from a zero on. */
function digitsFrom(zero: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: 10 }, (_, digit) => [String.fromCodePoint(zero + digit), String(digit)]),
  );
}

/** Signs without meaning for search: trademarks, and the numero sign. */
const SIGNS = /[\u00a9\u00ae\u2117\u2120\u2122\u2116]/gu;
/**
 * Fractions, raised and circled digits, and units in one character: each becomes a word of its own,
 * as in 2½, Box² and 100㎏.
 */
const COMPACT = /\p{No}|[\u3300-\u33ff]/gu;

const APOSTROPHES = /['’‘ʼʻ`´′]/gu;
/** A dot or star between single letters: E.T., M*A*S*H. */
const INITIALS = /(?<=(?<![\p{L}\p{N}])\p{L})[.*](?=\p{L}(?![\p{L}\p{N}]))/gu;
/** The mark of Hebrew abbreviations. */
const GERSHAYIM = /(?<=\p{Script=Hebrew})["״׳](?=\p{Script=Hebrew})/gu;
/** Versus, between words. */
const VERSUS = /(?<= )vs(?= |$)/gu;
const NO_WORD = /[^\p{L}\p{N}\p{M}]+/gu;
/**
 * Scripts without spaces between words: each character is a word, and consecutive words are found
 * by their characters.
 */
const IDEOGRAPH =
  /[\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}]/gu;

/** Only ASCII, like most titles. */
const ASCII = /^[ -~]*$/u;
const ASCII_NO_WORD = /[^a-z0-9]+/gu;
/** Words that are already in normal form. */
const ASCII_WORDS = /^[a-z0-9]+(?: [a-z0-9]+)*$/u;

/**
 * The form in which texts are compared: lower case letters and digits of any script, without
 * accents and punctuation, one space between words. Stored texts and queries both go through it. A
 * text without letters and digits keeps its signs.
 *
 * @returns at most 240 characters; empty for a text of spaces
 */
export function normalForm(text: string): string {
  const isAscii = ASCII.test(text);
  const small = isAscii ? text.toLowerCase() : withoutAccents(text);
  // most texts with accents are ASCII without them
  const normal =
    (isAscii || ASCII.test(small) ? asciiWordsOf(small) : wordsOf(small)) ||
    signsOf(small) ||
    signsOf(text.toWellFormed());
  const short = normal.includes(' vs') ? normal.replace(VERSUS, 'v') : normal;
  return short.length <= MAX_LENGTH
    ? short
    : short
        .slice(0, MAX_LENGTH)
        .replace(/[\ud800-\udbff]$/u, '')
        .trimEnd();
}

function withoutAccents(text: string): string {
  return (
    text
      .toWellFormed()
      // before NFKD, which would turn them into letters and digits
      .replace(SIGNS, ' ')
      .replace(COMPACT, ' $& ')
      .normalize('NFKD')
      .toLowerCase()
      .replace(MARKS, '')
      .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
      .normalize('NFC')
  );
}

/** A faster {@link wordsOf} for ASCII. */
function asciiWordsOf(text: string): string {
  if (ASCII_WORDS.test(text)) return text;
  let plain = text;
  if (plain.includes("'") || plain.includes('`')) plain = plain.replace(APOSTROPHES, '');
  if (plain.includes('.') || plain.includes('*')) plain = plain.replace(INITIALS, '');
  if (plain.includes('&')) plain = plain.replaceAll('&', ' and ');
  return plain.replace(ASCII_NO_WORD, ' ').trim();
}

function wordsOf(text: string): string {
  return text
    .replace(APOSTROPHES, '')
    .replace(GERSHAYIM, '')
    .replace(INITIALS, '')
    .replaceAll('&', ' and ')
    .replace(IDEOGRAPH, ' $& ')
    .replace(NO_WORD, ' ')
    .trim();
}

function signsOf(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, '');
}
