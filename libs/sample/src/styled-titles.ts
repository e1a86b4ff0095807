import { Purpose, type HashRandom } from './hash-random.ts';
import { phrases, word, words, type RowWriter, type Word } from './row-writer.ts';
import { ADJECTIVES, AGENTS, NOUNS, PLACES } from './words.ts';

const SPACE = word(' ');
const THE = word('The ');
const PLURAL = word('s');
const COLON = word(': ');
const ELLIPSIS = word('...');
const NUMBER_SIGN = word(' №');
const HALF = word('½ ');
const POLICE = word(' P.D.');
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const AMPERSAND = word(' & ');
const OPEN = word(' (');
const CLOSE = 0x29;
/** Initials of these letters spell no real name. */
const LETTERS = words('B D K Q V X Z');
/** Second parts of compounds that are written as one word. */
const ENDINGS = words('keeper maker hunter painter club diaries effect mystery');
/** Compounds that are misspelt as two words. */
const APART = phrases(
  'Light house|Stair case|Clock work|Fire fly|Bee keeper|Court yard|Scare crow|Home coming|Black out|Lock smith',
);
const GLUED_SIGNS = words('™ ® ℠ ² ³');
const MARKS = words('! ! ? !!');

/** Random words of a title, by its index. */
class TitleWords {
  readonly #random: HashRandom;
  readonly #index: number;
  constructor(random: HashRandom, index: number) {
    this.#random = random;
    this.#index = index;
  }

  get noun(): Word {
    return this.#pick(NOUNS, Purpose.noun);
  }

  get second(): Word {
    return this.#pick(NOUNS, Purpose.secondNoun);
  }

  get adjective(): Word {
    return this.#pick(ADJECTIVES, Purpose.adjective);
  }

  /** A number from 0 to `count` - 1. */
  below(count: number): number {
    return this.#random.integer(Purpose.styleDetail, this.#index, count);
  }

  /** An element of a list; the same index for lists of the same length. */
  one(list: readonly Word[]): Word {
    return this.#pick(list, Purpose.styleDetail);
  }

  place(): Word {
    return this.#pick(PLACES, Purpose.place);
  }

  /** The letter at a position of initials. */
  letter(at: number): Word {
    return this.#random.pick(LETTERS, Purpose.styleDetail, this.#index * 8 + at);
  }

  #pick(list: readonly Word[], purpose: number): Word {
    return this.#random.pick(list, purpose, this.#index);
  }
}

interface Style {
  /** Share of the English titles. */
  readonly share: number;
  readonly write: (row: RowWriter, title: TitleWords) => void;
}

/**
 * Styles of titles with more than words and spaces. Shares are from movies of 2022 and 500 titles
 * of 1990 to 2000; those of signs and split words are guesses.
 */
const STYLES: readonly Style[] = [
  {
    share: 0.045,
    write: (row, { noun, adjective, second }) =>
      row.text(noun).text(COLON).text(adjective).text(SPACE).text(second),
  },
  {
    share: 0.01,
    write: (row, title) => row.text(THE).text(title.noun).byte(HYPHEN).text(title.one(AGENTS)),
  },
  { share: 0.004, write: (row, title) => row.text(title.noun).text(title.one(AGENTS)) },
  { share: 0.004, write: (row, title) => row.text(THE).text(title.noun).text(title.one(ENDINGS)) },
  {
    share: 0.003,
    write: (row, title) => row.text(title.adjective).text(SPACE).text(title.one(APART)),
  },
  { share: 0.004, write: writeInitials },
  { share: 0.004, write: writeSign },
  { share: 0.013, write: (row, title) => row.text(title.noun).text(title.one(MARKS)) },
  {
    share: 0.008,
    write: (row, { noun, second }) => row.text(noun).text(AMPERSAND).text(second),
  },
  { share: 0.004, write: (row, { adjective }) => row.text(adjective).text(ELLIPSIS) },
  { share: 0.004, write: (row, { noun, second }) => row.text(noun).byte(SLASH).text(second) },
  {
    share: 0.005,
    write: (row, { noun, second }) => row.text(noun).text(OPEN).text(second).byte(CLOSE),
  },
];

/**
 * Writes a title with signs, initials, joined or split words, if the title of this index has a
 * style.
 *
 * @returns whether it has
 */
export function writeStyled(row: RowWriter, random: HashRandom, index: number): boolean {
  let rest = random.fraction(Purpose.style, index);
  for (const { share, write } of STYLES) {
    if (rest < share) {
      write(row, new TitleWords(random, index));
      return true;
    }
    rest -= share;
  }
  return false;
}

/** `K.V.Z.`, or the police department of a place. */
function writeInitials(row: RowWriter, title: TitleWords): void {
  const count = title.below(6);
  if (count < 2) {
    row.text(title.place()).text(POLICE);
    return;
  }
  for (let i = 0; i < count; i++) row.text(title.letter(i)).byte(DOT);
}

/** `Station №6`, `7½ Lanterns`, `Lantern™ Keeper`. */
function writeSign(row: RowWriter, title: TitleWords): void {
  const form = title.below(100);
  if (form < 25)
    row
      .text(title.noun)
      .text(NUMBER_SIGN)
      .integer(2 + form);
  else if (form < 50)
    row
      .integer(form - 20)
      .text(HALF)
      .text(title.noun)
      .text(PLURAL);
  else
    row
      .text(title.noun)
      .text(GLUED_SIGNS[form % GLUED_SIGNS.length] as Word)
      .text(SPACE)
      .text(title.second);
}
