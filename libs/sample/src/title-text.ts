import { MADE_UP } from '@marquee/datasets';
import { Purpose } from './dice.ts';
import type { Episode } from './episodes.ts';
import { CONCEPTS, PHRASES, writePhrase, type Language } from './languages.ts';
import { word, type RowWriter } from './row-writer.ts';
import { writeStyled } from './styled-titles.ts';
import {
  ADJECTIVES,
  AGENTS,
  BACKSLASH_TITLES,
  MEN,
  NOUNS,
  NUMBERS,
  NUMERIC_TITLES,
  OPENINGS,
  PLACES,
  QUOTED_TITLES,
  SEASONS,
  SURNAMES,
  TWO_LETTER_TITLES,
  WOMEN,
} from './words.ts';
import type { World } from './world.ts';

const [ENGLISH] = PHRASES;
const SPACE = word(' ');
const THE = word('The ');
const A = word('A ');
const AN = word('An ');
const OF = word(' of ');
const IN = word(' in ');
const AND = word(' and the ');
const POSSESSIVE = word("'s ");
const PLURAL = word('s');
const HASH = word(' #');
const DATED = word('Episode dated ');
const PILOT = word('Pilot');
const PART = word(', Part ');
const MONTHS =
  'January February March April May June July August September October November December'
    .split(' ')
    .map((month) => word(` ${month} `));
const AGAIN = word(': The New Cut');
const SIGNATURE = word(MADE_UP.title.primaryTitle);

/** One work in six has an original title that is not English. */
const FOREIGN_SHARE = 0.16;
/** Of those, the share known by an English title. */
const TRANSLATED_SHARE = 0.6;

/** The work whose title says that all of it is made up: that of tt0000001. */
const SIGNED = 0;

/**
 * Writes titles: made of words by the number of the work or the episode, so that every file that
 * names it names it alike.
 */
export class TitleText {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }

  /** The title in the original language. */
  writeOriginal(row: RowWriter, work: number): void {
    const language = this.#originalLanguage(work);
    if (work === SIGNED) row.text(SIGNATURE);
    else if (language === ENGLISH) this.#writeEnglish(row, work);
    else this.writeTranslated(row, work, language, 0);
  }

  /** The title most in use. @param revised after a change of title */
  writePrimary(row: RowWriter, work: number, revised: boolean): void {
    const original = this.#originalLanguage(work);
    if (original !== ENGLISH && this.isTranslated(work) && work !== SIGNED)
      this.writeTranslated(row, work, ENGLISH, 0);
    else this.writeOriginal(row, work);
    if (revised && work !== SIGNED) row.text(AGAIN);
  }

  /** Whether the title most in use is not the original one. */
  isTranslated(work: number): boolean {
    return (
      this.#originalLanguage(work) !== ENGLISH &&
      this.#world.dice.happens(TRANSLATED_SHARE, Purpose.original, -1 - work)
    );
  }

  /** The title in some language. @param variant 0 for the usual one; others are other titles */
  writeTranslated(row: RowWriter, work: number, language: Language, variant: number): void {
    const { dice } = this.#world;
    const index = work + variant * 0x1000_0000;
    writePhrase(
      row,
      language,
      dice.below(Purpose.concept, index, CONCEPTS),
      dice.below(Purpose.setting, work, CONCEPTS),
    );
  }

  /** An episode's title in some language; only those called by their number are translated. */
  writeEpisode(row: RowWriter, episode: Episode, language: Language): void {
    const { dice } = this.#world;
    const { number, placed, position, series } = episode;
    const pattern = dice.below(Purpose.pattern, -1 - number, 100);
    const episodeNumber = placed?.episode ?? null;
    if (placed !== null && episodeNumber !== null && pattern < 55)
      row
        .text(language.episode)
        .text(HASH)
        .integer(placed.season)
        .byte(0x2e)
        .integer(episodeNumber);
    else if (episodeNumber === null && pattern < 40) {
      const year = series.startYear + Math.floor(position / series.seasonLength);
      row
        .text(DATED)
        .integer(1 + dice.below(Purpose.dated, number, 28))
        .text(dice.pick(MONTHS, Purpose.noun, number))
        .integer(year);
    } else if (position === 0 && pattern < 90) row.text(PILOT);
    else this.#writeEnglish(row, -1 - number);
    if (pattern >= 97) row.text(PART).text(dice.pick(NUMBERS, Purpose.place, number));
  }

  #originalLanguage(work: number): Language {
    const { dice } = this.#world;
    return dice.happens(FOREIGN_SHARE, Purpose.original, work)
      ? dice.pick(PHRASES, Purpose.series, work)
      : ENGLISH;
  }

  /** An English title by one of many patterns. */
  #writeEnglish(row: RowWriter, index: number): void {
    const { dice } = this.#world;
    if (writeStyled(row, dice, index)) return;
    const pattern = dice.below(Purpose.pattern, index, 1000);
    if (pattern < 15) {
      this.#writeOddity(row, index, pattern);
      return;
    }
    const adjective = dice.pick(ADJECTIVES, Purpose.adjective, index);
    const noun = dice.pick(NOUNS, Purpose.noun, index);
    const second = dice.pick(NOUNS, Purpose.secondNoun, index);
    const place = dice.pick(PLACES, Purpose.place, index);
    if (pattern < 300) row.text(THE).text(adjective).text(SPACE).text(noun);
    else if (pattern < 370) row.text(adjective).text(SPACE).text(noun);
    else if (pattern < 450) row.text(THE).text(noun).text(OF).text(place);
    else if (pattern < 530) {
      const season = dice.pick(SEASONS, Purpose.adjective, index);
      row
        .text(season[0] === 0x41 ? AN : A)
        .text(season)
        .text(IN)
        .text(place);
    } else if (pattern < 610) row.text(THE).text(noun).text(AND).text(second);
    else if (pattern < 680) {
      const names = dice.happens(0.5, Purpose.gender, index) ? WOMEN : MEN;
      row
        .text(dice.pick(names, Purpose.firstName, index))
        .text(POSSESSIVE)
        .text(noun);
    } else if (pattern < 770)
      row
        .text(THE)
        .text(noun)
        .text(SPACE)
        .text(dice.pick(AGENTS, Purpose.adjective, index));
    else if (pattern < 840)
      row
        .text(dice.pick(OPENINGS, Purpose.adjective, index))
        .text(SPACE)
        .text(place);
    else if (pattern < 880)
      row
        .text(dice.pick(NUMBERS, Purpose.adjective, index))
        .text(SPACE)
        .text(noun)
        .text(PLURAL);
    else if (pattern < 920)
      row
        .text(THE)
        .text(dice.pick(SURNAMES, Purpose.lastName, index))
        .text(SPACE)
        .text(noun);
    else if (pattern < 940) row.text(noun);
    else this.writeTranslated(row, index, ENGLISH, 0);
  }

  #writeOddity(row: RowWriter, index: number, pattern: number): void {
    const list =
      pattern < 4
        ? QUOTED_TITLES
        : pattern < 8
          ? BACKSLASH_TITLES
          : pattern < 12
            ? NUMERIC_TITLES
            : TWO_LETTER_TITLES;
    row.text(this.#world.dice.pick(list, Purpose.noun, index));
  }
}
