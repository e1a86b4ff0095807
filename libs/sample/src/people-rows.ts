import type { Category, Credit } from './billing.ts';
import { Purpose, type HashRandom } from './hash-random.ts';
import { orderingsAsText } from './line-order.ts';
import { word, type RowWriter } from './row-writer.ts';
import type { Sample } from './sample.ts';
import {
  BACKSLASH_ROLES,
  ESCAPED_ROLES,
  JOBS,
  MEN,
  PLAIN_ROLES,
  QUOTED_JOBS,
  SELF_ROLES,
  SURNAMES,
  TITLES_OF_RANK,
  WOMEN,
} from './words.ts';

const SPACE = word(' ');
const OPEN = word('["');
const NEXT = word('","');
const CLOSE = word('"]');
/**
 * Share of rows with two character names. People with two characters have two rows: see Billing.
 */
const SECOND_NAME = 0.004;
const CATEGORIES: Readonly<Record<Category, Uint8Array>> = {
  actor: word('actor'),
  actress: word('actress'),
  self: word('self'),
  director: word('director'),
  writer: word('writer'),
  producer: word('producer'),
  composer: word('composer'),
  cinematographer: word('cinematographer'),
  editor: word('editor'),
  production_designer: word('production_designer'),
  casting_director: word('casting_director'),
  archive_footage: word('archive_footage'),
  archive_sound: word('archive_sound'),
};
/** One title in this many refers to a missing person. */
const UNKNOWN_PERSON = { every: 4000, first: 11 };
/** One in this many future titles already has its principals. */
const EARLY = { every: 1000, first: 300 };

/** Writes the row of name.basics of a person. */
export function writeName({ world, people }: Sample, person: number, row: RowWriter): void {
  if (!world.hasName(person)) return;
  row.id('nm', world.names.numberOf(person)).tab();
  if (people.isExtreme('nameless', person)) row.null();
  else people.writeName(row, person);
  const { birth, death } = people.lifespanOf(person);
  row.tab().integerOrNull(birth).tab().integerOrNull(death).tab();
  people.writeProfessions(row, person);
  row.tab();
  const known = people.knownFor(person);
  if (known.length === 0) row.null();
  known.forEach((title, i) => {
    if (i > 0) row.byte(0x2c);
    row.id('tt', world.titles.numberOf(title));
  });
  row.endRow();
}

/** Writes the rows of title.principals of a title. */
export function writePrincipals({ world, billing }: Sample, title: number, row: RowWriter): void {
  if (!world.hasTitle(title) && world.arrivalOf(title) % EARLY.every !== EARLY.first) return;
  const id = world.titles.numberOf(title);
  const credits = billing.creditsOf(title);
  const hasUnknown = title % UNKNOWN_PERSON.every === UNKNOWN_PERSON.first;
  for (const ordering of orderingsAsText(credits.length)) {
    const credit = credits[ordering - 1] as Credit;
    // the last person arrives last, and is missing until then
    const person = hasUnknown && ordering === 1 ? world.names.total - 1 : credit.person;
    row
      .id('tt', id)
      .tab()
      .integer(ordering)
      .tab()
      .id('nm', world.names.numberOf(person))
      .tab()
      .text(CATEGORIES[credit.category])
      .tab();
    writeJob(world.random, credit, row);
    row.tab();
    writeCharacters(world.random, credit, row);
    row.endRow();
  }
}

function writeJob(random: HashRandom, { category, part }: Credit, row: RowWriter): void {
  const jobs = JOBS[category];
  if (jobs === undefined || !random.chance(jobs.share, Purpose.job, part)) row.null();
  else if (category === 'writer' && random.chance(0.0008, Purpose.known, part))
    row.text(random.pick(QUOTED_JOBS, Purpose.noun, part));
  else row.text(random.pick(jobs.names, Purpose.noun, part));
}

/** Writes a JSON array of character names, for credits of people who appear. */
function writeCharacters(random: HashRandom, { category, part }: Credit, row: RowWriter): void {
  const appears =
    category === 'actor' ||
    category === 'actress' ||
    category === 'self' ||
    category === 'archive_footage';
  if (!appears || random.chance(0.08, Purpose.known, part)) {
    row.null();
    return;
  }
  row.text(OPEN);
  if (category === 'self' || category === 'archive_footage')
    row.text(random.pick(SELF_ROLES, Purpose.noun, part));
  else {
    writeCharacter(random, category, part, row);
    if (random.chance(SECOND_NAME, Purpose.secondNoun, part)) {
      row.text(NEXT);
      writeCharacter(random, category, part + 1, row);
    }
  }
  row.text(CLOSE);
}

function writeCharacter(
  random: HashRandom,
  category: 'actor' | 'actress',
  part: number,
  row: RowWriter,
): void {
  const names = category === 'actor' ? MEN : WOMEN;
  const form = random.integer(Purpose.nameForm, part, 2000);
  if (form < 900)
    row
      .text(random.pick(names, Purpose.firstName, part))
      .text(SPACE)
      .text(random.pick(SURNAMES, Purpose.lastName, part));
  else if (form < 1250) row.text(random.pick(names, Purpose.firstName, part));
  else if (form < 1600)
    row
      .text(random.pick(TITLES_OF_RANK, Purpose.adjective, part))
      .text(SPACE)
      .text(random.pick(SURNAMES, Purpose.lastName, part));
  else if (form < 1985) row.text(random.pick(PLAIN_ROLES, Purpose.noun, part));
  else row.text(random.pick(form < 1997 ? ESCAPED_ROLES : BACKSLASH_ROLES, Purpose.noun, part));
}
