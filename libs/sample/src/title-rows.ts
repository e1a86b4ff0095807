import {
  ADULT,
  EPISODE_TYPE,
  FACT_GENRES,
  GAME_GENRES,
  SHORT_GENRES,
  SHOW_GENRES,
  STORY_GENRES,
} from './codes.ts';
import { Purpose } from './hash-random.ts';
import type { Episode } from './episodes.ts';
import { PHRASES } from './languages.ts';
import type { RolePool } from './role-pool.ts';
import type { RowWriter, Word } from './row-writer.ts';
import type { Sample } from './sample.ts';
import type { Work } from './works.ts';
import { PRESENT } from './world.ts';

const [ENGLISH] = PHRASES;
const BASICS_PERIOD = 600;
const CREW_PERIOD = 700;
/** Days between two permanent losses of votes of a title. */
const LOSS_PERIOD = 8000;
/** Largest known numbers of writers and directors in a row. */
const MAX_WRITERS = 1393;
const MAX_DIRECTORS = 528;
/** Shares of titles with more directors or writers than in title.principals, rarely many more. */
const EXTRA_DIRECTORS = 0.005;
const EXTRA_WRITERS = 0.03;
const MAX_EXTRA = 150;
/** title.crew lacks one in this many titles, and already has one in this many future titles. */
const CREW_MISSING = { every: 11_000, first: 1234 };
const CREW_EARLY = { every: 1200, first: 600 };
/** Fields that an edit of title.basics can change. */
const EDITABLE = ['title', 'minutes', 'genres', 'year'] as const;
type Editable = (typeof EDITABLE)[number] | null;

/** Writes the row of title.basics of a title. */
export function writeBasics(sample: Sample, title: number, row: RowWriter): void {
  const { world } = sample;
  if (!world.hasTitle(title)) return;
  const edits = world.editsOf(Purpose.titleEdits, title, BASICS_PERIOD);
  const edited = edits === 0 ? null : world.random.pick(EDITABLE, Purpose.editedField, title);
  const work = world.workOf(title);
  row.id('tt', world.titles.numberOf(title)).tab();
  if (work >= 0) writeWork(sample, sample.works.at(work), row, edited);
  else writeEpisode(sample, sample.episodes.at(world.episodeOf(title)), row, edited);
  row.endRow();
}

function writeWork(
  { world, works, titles, episodes }: Sample,
  work: Work,
  row: RowWriter,
  edited: Editable,
): void {
  const { number } = work;
  const series = number < world.series ? episodes.seriesAt(number) : null;
  row.text(work.type).tab();
  if (works.isExtreme('nameless', number)) row.null().tab().null().tab();
  else {
    titles.writePrimary(row, number, edited === 'title');
    row.tab();
    titles.writeOriginal(row, number);
    row.tab();
  }
  const year = series?.startYear ?? works.yearOf(work);
  row
    .byte(work.adult ? 0x31 : 0x30)
    .tab()
    .integerOrNull(
      year === null ? (edited === 'year' ? PRESENT : null) : year - (edited === 'year' ? 1 : 0),
    )
    .tab()
    .integerOrNull(series?.endYear ?? null)
    .tab()
    .integerOrNull(works.minutesOf(work, edited === 'minutes' ? 1 : 0))
    .tab();
  if (work.adult) row.text(ADULT);
  else if (work.votes === 0 && series === null && world.random.chance(0.15, Purpose.known, number))
    row.null();
  else
    row.text(
      world.random.pick(genresOf(work), Purpose.genres, edited === 'genres' ? -1 - number : number),
    );
}

function writeEpisode(
  { world, works, titles }: Sample,
  episode: Episode,
  row: RowWriter,
  edited: Editable,
): void {
  const { number, series, year } = episode;
  const { random } = world;
  const parent = works.at(series.work);
  row.text(EPISODE_TYPE).tab();
  for (let i = 0; i < 2; i++) {
    titles.writeEpisode(row, episode, ENGLISH);
    row.tab();
  }
  row
    .byte(0x30)
    .tab()
    .integerOrNull(edited === 'year' ? (year ?? PRESENT) - 1 : year)
    .tab()
    .null()
    .tab();
  const usual = works.minutesOf(parent, 0);
  const known = edited === 'minutes' || random.chance(0.28, Purpose.runtimeKnown, -1 - number);
  row
    .integerOrNull(
      known
        ? (usual ?? 24) +
            random.integer(Purpose.runtime, edited === 'minutes' ? number : -1 - number, 4)
        : null,
    )
    .tab();
  if (random.chance(0.022, Purpose.known, -1 - number)) row.null();
  else
    row.text(
      random.pick(
        genresOf(parent),
        Purpose.genres,
        edited === 'genres' ? -1 - number : series.work,
      ),
    );
}

function genresOf({ kind, played }: Work): readonly Word[] {
  if (kind === 'game') return GAME_GENRES;
  if (kind === 'short') return SHORT_GENRES;
  if (played) return STORY_GENRES;
  return kind === 'series' || kind === 'special' ? SHOW_GENRES : FACT_GENRES;
}

/** Writes the row of title.episode of a title, if it is an episode. */
export function writeEpisodeNumbers(
  { world, episodes }: Sample,
  title: number,
  row: RowWriter,
): void {
  if (!world.hasTitle(title) || world.workOf(title) >= 0) return;
  const { series, numbers, orphan } = episodes.at(world.episodeOf(title));
  // the last title arrives last, and is missing until then
  const parent = orphan ? world.titles.total - 1 : series.work;
  row
    .id('tt', world.titles.numberOf(title))
    .tab()
    .id('tt', world.titles.numberOf(parent))
    .tab()
    .integerOrNull(numbers?.season ?? null)
    .tab()
    .integerOrNull(numbers?.episode ?? null)
    .endRow();
}

/** Writes the row of title.ratings of a title, if it is rated. */
export function writeRating(sample: Sample, title: number, row: RowWriter): void {
  const { world, works, episodes } = sample;
  if (!world.hasTitle(title)) return;
  const work = world.workOf(title);
  const base = work >= 0 ? works.at(work).votes : episodes.votesOf(world.episodeOf(title));
  if (base === 0) return;
  const { random, day } = world;
  // popular titles gain votes every day, half of the others not once in three months: half of the
  // titles rated in August 2017 had the same votes in November. Gains are twice the real ones, as
  // fewer titles have many votes here, and 5% should gain per day as in real files
  const luck = 0.05 + 4.75 * random.fraction(Purpose.growth, title) ** 4;
  const gained = Math.floor(
    random.fraction(Purpose.growth, -1 - title) + day * luck * base ** 0.9 * 0.0015,
  );
  // occasionally votes are removed, for a day or for good
  const losses =
    (random.chance(0.005, Purpose.dip, Math.imul(title, 512) + day) ? 1 : 0) +
    world.editsOf(Purpose.votesLost, title, LOSS_PERIOD);
  const lost = losses * (1 + random.integer(Purpose.dip, title, 3));
  row
    .id('tt', world.titles.numberOf(title))
    .tab()
    .tenths(tenthsOf(sample, title, base, gained))
    .tab()
    .integer(Math.max(5, base + gained - lost))
    .endRow();
}

/**
 * The rating in tenths: around 67, higher for the most voted titles; new votes change it by one.
 */
function tenthsOf(
  { world: { random } }: Sample,
  title: number,
  votes: number,
  gained: number,
): number {
  const spread =
    (random.fraction(Purpose.score, title) +
      random.fraction(Purpose.score, -1 - title) +
      random.fraction(Purpose.fame, title)) /
    3;
  const usual = votes >= 100_000 ? 66 + Math.floor(spread * 28) : 28 + Math.floor(spread * 76);
  const step = 2 + Math.floor(votes / 5);
  const moved = Math.floor((gained + random.integer(Purpose.score, title, step)) / step) % 2;
  return Math.max(10, Math.min(100, usual + moved));
}

/** Writes the row of title.crew of a title. */
export function writeCrew(sample: Sample, title: number, row: RowWriter): void {
  const { world, works, billing } = sample;
  const late = world.arrivalOf(title);
  if (
    world.hasTitle(title)
      ? title % CREW_MISSING.every === CREW_MISSING.first
      : late % CREW_EARLY.every !== CREW_EARLY.first
  )
    return;
  const { directors, writers } = billing.crewOf(title);
  const work = world.workOf(title);
  if (work >= 0 && works.isExtreme('crowdOfWriters', work))
    addCrowd(writers, billing.pools.writer, MAX_WRITERS);
  if (work >= 0 && works.isExtreme('crowdOfDirectors', work))
    addCrowd(directors, billing.pools.director, MAX_DIRECTORS);
  addExtra(sample, directors, { role: 'director', share: EXTRA_DIRECTORS, title });
  addExtra(sample, writers, { role: 'writer', share: EXTRA_WRITERS, title });
  // an edit adds a writer
  if (world.editsOf(Purpose.crewEdits, title, CREW_PERIOD) > 0)
    addUnique(
      writers,
      billing.pools.writer.randomPerson(world.random.fraction(Purpose.staff, title)),
    );
  row.id('tt', world.titles.numberOf(title));
  for (const people of [directors, writers]) {
    row.tab();
    if (people.length === 0) row.null();
    people.forEach((person, i) => {
      if (i > 0) row.byte(0x2c);
      row.id('nm', world.names.numberOf(person));
    });
  }
  row.endRow();
}

/**
 * Adds the least busy people of a pool, up to `most` people; at most half of the pool in a small
 * sample.
 */
function addCrowd(people: number[], pool: RolePool, most: number): void {
  const end = Math.floor(pool.size / 2);
  for (let i = 0; i < end && people.length < most; i++)
    addUnique(people, pool.personAt(pool.size - 1 - i));
}

/** Adds people of a role to a share of titles, with numbers by a power law. */
function addExtra(
  { world: { random }, billing }: Sample,
  people: number[],
  { role, share, title }: { role: 'director' | 'writer'; share: number; title: number },
): void {
  const index = role === 'director' ? title : -1 - title;
  const drawn = random.fraction(Purpose.crowd, index);
  if (drawn >= share) return;
  const count = Math.min(MAX_EXTRA, Math.floor(1.5 * (drawn / share) ** -0.8));
  for (let i = 0; i < count; i++)
    addUnique(
      people,
      billing.pools[role].randomPerson(random.fraction(Purpose.crowd, index * 151 + i)),
    );
}

function addUnique(people: number[], person: number): void {
  if (!people.includes(person)) people.push(person);
}
