/**
 * Longer texts are cut, those that are stored and those that are asked for alike: they fit any
 * index, and one word of them fits a lexeme.
 */
const MAX_LENGTH = 240;

/**
 * Marks that are written over or under a letter, without which it is the same letter to who
 * searches: those of Latin, Greek and Cyrillic, the points of Hebrew and the vowels of Arabic.
 * Others, such as the vowels of Hindi, make another word.
 */
const MARKS =
  /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0640\u200b-\u200f\u00ad]/gu;

/** Letters of their own that people write otherwise where the keyboard has none. */
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
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/** Signs that say nothing to who searches: trade marks, and the one before a number. */
const SIGNS = /[\u00a9\u00ae\u2117\u2120\u2122\u2116]/gu;
/**
 * Fractions, raised and circled digits, and units in one character: what they stand for is a word
 * of its own, as in 2½, Box² and 100㎏.
 */
const COMPACT = /\p{No}|[\u3300-\u33ff]/gu;

const APOSTROPHES = /['’‘ʼʻ`´′]/gu;
/** A dot or star after a single letter and before another: E.T., M*A*S*H. */
const INITIALS = /(?<=(?<![\p{L}\p{N}])\p{L})[.*](?=\p{L}(?![\p{L}\p{N}]))/gu;
/** Of the abbreviations of Hebrew. */
const GERSHAYIM = /(?<=\p{Script=Hebrew})["״׳](?=\p{Script=Hebrew})/gu;
const NO_WORD = /[^\p{L}\p{N}\p{M}]+/gu;
/**
 * Scripts without spaces between words: each character is a word, and words in a row are found by
 * their characters.
 */
const IDEOGRAPH =
  /[\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}]/gu;

/** ASCII alone, which most titles are. */
const ASCII = /^[ -~]*$/u;
const ASCII_NO_WORD = /[^a-z0-9]+/gu;
/** Words as they are compared. */
const ASCII_WORDS = /^[a-z0-9]+(?: [a-z0-9]+)*$/u;

/**
 * The form in which texts are compared: small letters and digits of any script, without accents and
 * punctuation, words with one space between them. Stored texts and questions go through it alike. A
 * text of signs alone keeps its signs.
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
  return normal.length <= MAX_LENGTH
    ? normal
    : normal
        .slice(0, MAX_LENGTH)
        .replace(/[\ud800-\udbff]$/u, '')
        .trimEnd();
}

function withoutAccents(text: string): string {
  return (
    text
      .toWellFormed()
      // before their compatible forms, which are letters and digits
      .replace(SIGNS, ' ')
      .replace(COMPACT, ' $& ')
      .normalize('NFKD')
      .toLowerCase()
      .replace(MARKS, '')
      .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
      .normalize('NFC')
  );
}

/** The same as {@link wordsOf}, quicker. */
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
