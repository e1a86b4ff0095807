import { AKA_ATTRIBUTES, AKA_TYPES, LANGUAGES, REGIONS } from './codes.ts';
import { Purpose, type HashRandom } from './hash-random.ts';
import { PHRASES, type Language } from './languages.ts';
import { orderingsAsText } from './line-order.ts';
import { word, type RowWriter, type Word } from './row-writer.ts';
import type { Sample } from './sample.ts';

const [ENGLISH] = PHRASES;
const EDIT_PERIOD = 150;
/** Maximum number of rows of a title, so that they fit the space that the writer keeps free. */
const MAX_ROWS = 120;
const SEPARATOR = 0x02;
const DISPLAY = word('imdbDisplay');
const ORIGINAL_KIND = word('\\N\t\\N\toriginal\t\\N\t1');
const LOCAL_KIND = word('\t\\N\t\\N\t0');
const ZERO = word('0');
const ONE = word('1');
const NULL = word('\\N');

interface Region {
  readonly code: Word;
  readonly language: Language;
}

const LANGUAGE_BY_REGION = new Map(
  PHRASES.flatMap((language) => language.regions.map((region) => [region, language] as const)),
);
const regionOf = (code: string): Region => ({
  code: word(code),
  language: LANGUAGE_BY_REGION.get(code) ?? ENGLISH,
});
const ALL_REGIONS = REGIONS.map(regionOf);
/** Regions with most of the alternative titles. */
const MAIN_REGIONS = [...LANGUAGE_BY_REGION.keys()].map(regionOf);
/** Worldwide, and former states. */
const WORLD = regionOf('XWW');
const FORMER_STATES = ['SUHH', 'CSHH', 'XYU', 'XWG', 'DDDE', 'YUCS'].map(regionOf);
/**
 * Shares of the alternative titles of works; 1% of all rows are worldwide, as 485 of 50,001 in
 * 2025.
 */
const FORMER_STATE_SHARE = 0.015;
const WORLD_SHARE = 0.06;
/**
 * Share of the alternative titles of works; in 2025, 6% of the rows without a region were not
 * original.
 */
const NO_REGION_SHARE = 0.08;
/** Numbered episodes have translated titles for all of these regions at once. */
const EPISODE_REGIONS = ['JP', 'FR', 'IN', 'DE', 'ES', 'IT', 'PT'].map(regionOf);

/** Writes the rows of title.akas of a title. */
export function writeAkas(sample: Sample, title: number, row: RowWriter): void {
  const { world } = sample;
  if (!world.hasTitle(title)) return;
  const work = world.workOf(title);
  const edits = world.editsOf(Purpose.akaEdits, title, EDIT_PERIOD);
  const id = world.titles.numberOf(title);
  if (work >= 0) writeWorkAkas(sample, work, { title, id, edits }, row);
  else writeEpisodeAkas(sample, { title, id, edits }, row);
}

interface TitleEdits {
  readonly title: number;
  readonly id: number;
  /** Number of edits of its alternative titles up to this day. */
  readonly edits: number;
}

function writeWorkAkas(
  { world, works, titles }: Sample,
  work: number,
  { title, id, edits }: TitleEdits,
  row: RowWriter,
): void {
  const { random } = world;
  const { votes } = works.at(work);
  const isNameless = works.isExtreme('nameless', work);
  // most titles have a few, the best known ones nearly a hundred
  const others =
    random.integer(Purpose.akas, title, votes > 0 ? 9 : 5) +
    Math.floor(Math.log10(Math.max(1, votes / 100)) ** 2 * 4) +
    (edits % 2);
  const rows = Math.min(
    MAX_ROWS,
    1 + others + (random.chance(0.01, Purpose.akaKind, -1 - title) ? 1 : 0),
  );
  // the original is not always the first row, and sometimes the last row is another original
  const originalAt = 1 + random.integer(Purpose.akaKind, title, Math.min(3, 1 + others));
  const start = random.integer(Purpose.region, title, MAIN_REGIONS.length);
  for (const ordering of orderingsAsText(rows)) {
    const index = title * 128 + ordering;
    row.id('tt', id).tab().integer(ordering).tab();
    if (ordering === originalAt || ordering > 1 + others) {
      if (isNameless) row.null();
      else titles.writeOriginal(row, work);
      row.tab().text(ORIGINAL_KIND).endRow();
      continue;
    }
    const main = MAIN_REGIONS[(start + ordering) % MAIN_REGIONS.length] as Region;
    const usual = random.chance(0.25, Purpose.akas, index)
      ? random.pick(ALL_REGIONS, Purpose.region, index)
      : main;
    const region = unusualRegion(random, index) ?? usual;
    const revised = edits % 2 === 1 && ordering % 3 === 0;
    if (isNameless) row.null();
    else if (region.language === ENGLISH && random.chance(0.6, Purpose.setting, index))
      titles.writePrimary(row, work, revised);
    else
      titles.writeTranslated(
        row,
        work,
        region.language,
        revised ? 1 : random.chance(0.7, Purpose.concept, index) ? 0 : 2 + (ordering % 5),
      );
    row.tab();
    writeAttributes(random, index, region, row);
    row.endRow();
  }
}

/** Worldwide or a former state for a share of the titles; otherwise null. */
function unusualRegion(random: HashRandom, index: number): Region | null {
  const share = random.fraction(Purpose.territory, index);
  if (share < WORLD_SHARE) return WORLD;
  return share < WORLD_SHARE + FORMER_STATE_SHARE
    ? random.pick(FORMER_STATES, Purpose.territory, -1 - index)
    : null;
}

/**
 * Writes region, language, types, attributes and whether it is the original title, of an
 * alternative title.
 */
function writeAttributes(
  random: HashRandom,
  index: number,
  { code, language }: Region,
  row: RowWriter,
): void {
  if (random.chance(NO_REGION_SHARE, Purpose.known, index)) row.null();
  else row.text(code);
  row.tab();
  const spoken = random.integer(Purpose.series, index, 100);
  row
    .text(
      spoken < 25
        ? language.code
        : spoken < 28
          ? random.pick(LANGUAGES, Purpose.noun, index)
          : NULL,
    )
    .tab();
  const kind = random.integer(Purpose.akaKind, index, 100);
  // a title has a type or attributes, rarely both, and there can be two of each
  if (kind < 72) row.text(DISPLAY);
  else if (kind < 92) writeOneOrTwo(random, AKA_TYPES, Purpose.akaKind, index, row);
  else row.null();
  row.tab();
  if (kind >= 90) writeOneOrTwo(random, AKA_ATTRIBUTES, Purpose.akaAttribute, index, row);
  else row.null();
  row
    .tab()
    .text(
      random.chance(0.0005, Purpose.original, index)
        ? NULL
        : random.chance(0.001, Purpose.original, -1 - index)
          ? ONE
          : ZERO,
    );
}

function writeOneOrTwo(
  random: HashRandom,
  list: readonly Word[],
  purpose: number,
  index: number,
  row: RowWriter,
): void {
  const first = random.integer(purpose, -1 - index, list.length);
  row.text(list[first] as Word);
  if (random.chance(0.05, Purpose.secondNoun, index))
    row.byte(SEPARATOR).text(list[(first + 1) % list.length] as Word);
}

function writeEpisodeAkas(
  { world, episodes, titles }: Sample,
  { title, id, edits }: TitleEdits,
  row: RowWriter,
): void {
  const { random } = world;
  const episode = episodes.at(world.episodeOf(title));
  const translated = random.chance(0.53, Purpose.akas, title)
    ? EPISODE_REGIONS.length
    : random.integer(Purpose.region, title, 2);
  // an edit removes a title, or the languages of all
  const isEdited = edits % 2 === 1;
  const losesName = isEdited && random.chance(0.5, Purpose.editedField, title);
  const others = Math.max(0, translated - (losesName ? 1 : 0));
  row.id('tt', id).tab().integer(1).tab();
  titles.writeEpisode(row, episode, ENGLISH);
  row.tab().text(ORIGINAL_KIND).endRow();
  for (let i = 0; i < others; i++) {
    const { code, language } = EPISODE_REGIONS[i] as Region;
    row
      .id('tt', id)
      .tab()
      .integer(i + 2)
      .tab();
    titles.writeEpisode(row, episode, language);
    row
      .tab()
      .text(code)
      .tab()
      .text(isEdited && !losesName ? NULL : language.code)
      .text(LOCAL_KIND)
      .endRow();
  }
}
