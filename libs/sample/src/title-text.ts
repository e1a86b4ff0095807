import { MADE_UP } from '@marquee/datasets';
import { Purpose } from './hash-random.ts';
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
  PLACE_PREFIXES,
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
const RETITLED_SUFFIX = word(': The New Cut');
const MADE_UP_TITLE = word(MADE_UP.title.primaryTitle);

/** Share of works with an original title in another language than English. */
const FOREIGN_SHARE = 0.16;
/** Share of those with an English primary title. */
const TRANSLATED_SHARE = 0.6;

/** The work whose title states that all data is made up: tt0000001. */
const MARKED_WORK = 0;

/**
 * Writes titles, generated from the number of the work or episode, so that all files use the same
 * title.
 */
export class TitleText {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }

  /** Writes the title in the original language. */
  writeOriginal(row: RowWriter, work: number): void {
    const language = this.#originalLanguage(work);
    if (work === MARKED_WORK) row.text(MADE_UP_TITLE);
    else if (language === ENGLISH) this.#writeEnglish(row, work);
    else this.writeTranslated(row, work, language, 0);
  }

  /** Writes the primary title. @param revised after a change of title */
  writePrimary(row: RowWriter, work: number, revised: boolean): void {
    const original = this.#originalLanguage(work);
    if (original !== ENGLISH && this.isTranslated(work) && work !== MARKED_WORK)
      this.writeTranslated(row, work, ENGLISH, 0);
    else this.writeOriginal(row, work);
    if (revised && work !== MARKED_WORK) row.text(RETITLED_SUFFIX);
  }

  /** Whether the primary title is a translation. */
  isTranslated(work: number): boolean {
    return (
      this.#originalLanguage(work) !== ENGLISH &&
      this.#world.random.chance(TRANSLATED_SHARE, Purpose.original, -1 - work)
    );
  }

  /**
   * Writes the title in a language. @param variant 0 for the usual one; others give other titles
   */
  writeTranslated(row: RowWriter, work: number, language: Language, variant: number): void {
    const { random } = this.#world;
    const index = work + variant * 0x1000_0000;
    writePhrase(
      row,
      language,
      random.integer(Purpose.concept, index, CONCEPTS),
      random.integer(Purpose.setting, work, CONCEPTS),
    );
  }

  /** Writes the title of an episode in a language; only titles with numbers are translated. */
  writeEpisode(row: RowWriter, episode: Episode, language: Language): void {
    const { random } = this.#world;
    const { number, numbers, position, series } = episode;
    const pattern = random.integer(Purpose.pattern, -1 - number, 100);
    const episodeNumber = numbers?.episode ?? null;
    if (numbers !== null && episodeNumber !== null && pattern < 55)
      row
        .text(language.episode)
        .text(HASH)
        .integer(numbers.season)
        .byte(0x2e)
        .integer(episodeNumber);
    else if (episodeNumber === null && pattern < 40) {
      const year = series.startYear + Math.floor(position / series.seasonLength);
      row
        .text(DATED)
        .integer(1 + random.integer(Purpose.dated, number, 28))
        .text(random.pick(MONTHS, Purpose.noun, number))
        .integer(year);
    } else if (position === 0 && pattern < 90) row.text(PILOT);
    else this.#writeEnglish(row, -1 - number);
    if (pattern >= 97) row.text(PART).text(random.pick(NUMBERS, Purpose.place, number));
  }

  #originalLanguage(work: number): Language {
    const { random } = this.#world;
    return random.chance(FOREIGN_SHARE, Purpose.original, work)
      ? random.pick(PHRASES, Purpose.series, work)
      : ENGLISH;
  }

  /** Writes an English title by one of many patterns. */
  #writeEnglish(row: RowWriter, index: number): void {
    const { random } = this.#world;
    if (writeStyled(row, random, index)) return;
    const pattern = random.integer(Purpose.pattern, index, 1000);
    if (pattern < 15) {
      this.#writeOddity(row, index, pattern);
      return;
    }
    const adjective = random.pick(ADJECTIVES, Purpose.adjective, index);
    const noun = random.pick(NOUNS, Purpose.noun, index);
    const second = random.pick(NOUNS, Purpose.secondNoun, index);
    const place = random.pick(PLACES, Purpose.place, index);
    if (pattern < 300) row.text(THE).text(adjective).text(SPACE).text(noun);
    else if (pattern < 370) row.text(adjective).text(SPACE).text(noun);
    else if (pattern < 450) row.text(THE).text(noun).text(OF).text(place);
    else if (pattern < 530) {
      const season = random.pick(SEASONS, Purpose.adjective, index);
      row
        .text(season[0] === 0x41 ? AN : A)
        .text(season)
        .text(IN)
        .text(place);
    } else if (pattern < 610) row.text(THE).text(noun).text(AND).text(second);
    else if (pattern < 680) {
      const names = random.chance(0.5, Purpose.gender, index) ? WOMEN : MEN;
      row
        .text(random.pick(names, Purpose.firstName, index))
        .text(POSSESSIVE)
        .text(noun);
    } else if (pattern < 770)
      row
        .text(THE)
        .text(noun)
        .text(SPACE)
        .text(random.pick(AGENTS, Purpose.adjective, index));
    else if (pattern < 840)
      row
        .text(random.pick(PLACE_PREFIXES, Purpose.adjective, index))
        .text(SPACE)
        .text(place);
    else if (pattern < 880)
      row
        .text(random.pick(NUMBERS, Purpose.adjective, index))
        .text(SPACE)
        .text(noun)
        .text(PLURAL);
    else if (pattern < 920)
      row
        .text(THE)
        .text(random.pick(SURNAMES, Purpose.lastName, index))
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
    row.text(this.#world.random.pick(list, Purpose.noun, index));
  }
}
