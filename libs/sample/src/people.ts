import { MADE_UP } from '@marquee/datasets';
import { newcomerRole, type Billing } from './billing.ts';
import { SIDE_PROFESSIONS } from './codes.ts';
import { Purpose } from './hash-random.ts';
import { roleOf, ROLES, type Role } from './role-pool.ts';
import { word, words, type RowWriter, type Word } from './row-writer.ts';
import { MEN, SURNAMES, WOMEN } from './words.ts';
import type { Works } from './works.ts';
import { PRESENT, type World } from './world.ts';

const SPACE = word(' ');
const JUNIOR = word(' Jr.');
const INITIAL_END = word('. ');
const MADE_UP_NAME = word(MADE_UP.name.primaryName);
/** The person whose name states that all data is made up: nm0000001. */
const MARKED_PERSON = 0;
const QUOTE_END = word('" ');
/** Particles of surnames, with or without a space: Di Varga, DiVarga. */
const PARTICLES = words('Di De Del Van Von La Le');
const WITH_PARTICLE = 0.018;
const GLUED_PARTICLE = 0.3;
const ALIASES = words('Dutch Spike Bunny Tiny Red Ace');
const COMMA = 0x2c;
const DOT = 0x2e;
const MAIN_PROFESSIONS = Object.fromEntries(ROLES.map((role) => [role, word(role)])) as Record<
  Role,
  Word
>;
const KNOWN_FOR = 4;
/** Share of busy people. People with most credits have the lowest numbers. */
const BUSY_SHARE = 0.02;
const EDIT_PERIOD = 400;

/** Rare extreme cases; small samples contain the first of each kind too. */
const EXTREME_PEOPLE = {
  beforeChrist: { every: 5_000_000, first: 500 },
  nameless: { every: 200_000, first: 123 },
  emptyProfession: { every: 1000, first: 41 },
} as const;

/** Facts of people. */
export class People {
  readonly #world: World;
  readonly #works: Works;
  readonly #billing: Billing;
  constructor(world: World, works: Works, billing: Billing) {
    this.#world = world;
    this.#works = works;
    this.#billing = billing;
  }

  isExtreme(way: keyof typeof EXTREME_PEOPLE, person: number): boolean {
    return person % EXTREME_PEOPLE[way].every === EXTREME_PEOPLE[way].first;
  }

  /** Main role of a person; null without credits. */
  roleOf(person: number): Role | null {
    return this.#world.isNewcomer(person) ? newcomerRole(person) : roleOf(person);
  }

  /** Writes first name and surname, sometimes with more parts. */
  writeName(row: RowWriter, person: number): void {
    if (person === MARKED_PERSON) {
      row.text(MADE_UP_NAME);
      return;
    }
    const { random } = this.#world;
    const role = this.roleOf(person);
    const isWoman =
      role === 'actress' || (role !== 'actor' && random.chance(0.42, Purpose.gender, -1 - person));
    const names = isWoman ? WOMEN : MEN;
    const form = random.integer(Purpose.nameForm, person, 1000);
    if (form >= 163 && form < 168) this.#writeInitials(row, person);
    else row.text(random.pick(names, Purpose.firstName, person));
    // one in a hundred has a single name
    if (form >= 152 && form < 163) return;
    row.text(SPACE);
    if (form < 30) row.byte(0x41 + random.integer(Purpose.epithet, person, 26)).text(INITIAL_END);
    else if (form >= 120 && form < 150)
      row.text(random.pick(names, Purpose.epithet, person)).text(SPACE);
    else if (form >= 150 && form < 152)
      row
        .byte(0x22)
        .text(random.pick(ALIASES, Purpose.epithet, person))
        .text(QUOTE_END);
    this.#writeSurname(row, person);
    if (form >= 975) row.byte(0x2d).text(random.pick(SURNAMES, Purpose.epithet, person));
    else if (form < 8 && !isWoman) row.text(JUNIOR);
  }

  /** Writes initials, as in J.R. Varga. */
  #writeInitials(row: RowWriter, person: number): void {
    const { random } = this.#world;
    for (const index of [person, -1 - person])
      row.byte(0x41 + random.integer(Purpose.epithet, index, 26)).byte(DOT);
  }

  #writeSurname(row: RowWriter, person: number): void {
    const { random } = this.#world;
    if (random.chance(WITH_PARTICLE, Purpose.particle, person)) {
      row.text(random.pick(PARTICLES, Purpose.particle, -1 - person));
      if (!random.chance(GLUED_PARTICLE, Purpose.joined, person)) row.text(SPACE);
    }
    row.text(random.pick(SURNAMES, Purpose.lastName, person));
  }

  /** Years of birth and death; mostly null, but usually known for busy people. */
  lifespanOf(person: number): { birth: number | null; death: number | null } {
    if (this.isExtreme('beforeChrist', person)) return { birth: 525, death: 456 };
    const { random, names } = this.#world;
    const known = person < names.founding * BUSY_SHARE ? 0.85 : 0.024;
    const edited =
      this.#editsOf(person) % 2 === 1 && random.chance(0.4, Purpose.editedField, person);
    if (!edited && !random.chance(known, Purpose.birthKnown, person))
      return { birth: null, death: null };
    const birth =
      PRESENT -
      16 -
      Math.floor(random.fraction(Purpose.birth, person) ** 1.2 * 130) -
      (edited ? 1 : 0);
    const death =
      birth +
      40 +
      Math.floor(
        (random.fraction(Purpose.death, person) + random.fraction(Purpose.death, -1 - person)) * 32,
      );
    return { birth, death: death <= PRESENT ? death : null };
  }

  /** Writes up to three professions, the main role first. */
  writeProfessions(row: RowWriter, person: number): void {
    if (this.isExtreme('emptyProfession', person)) return;
    const { random } = this.#world;
    const role = this.roleOf(person);
    const isMainKnown = role !== null && role !== 'self';
    // most have one
    const more = Math.floor(random.fraction(Purpose.profession, person) ** 2 * 3);
    const others = more + (isMainKnown || random.chance(0.3, Purpose.known, person) ? 0 : 1);
    if (isMainKnown) row.text(MAIN_PROFESSIONS[role]);
    else if (others === 0) row.null();
    // an edit changes the second profession
    const first =
      random.integer(Purpose.noun, person, SIDE_PROFESSIONS.length) + (this.#editsOf(person) % 2);
    const step = 1 + random.integer(Purpose.secondNoun, person, SIDE_PROFESSIONS.length - 2);
    for (let i = 0; i < others; i++) {
      if (isMainKnown || i > 0) row.byte(COMMA);
      row.text(SIDE_PROFESSIONS[(first + i * step) % SIDE_PROFESSIONS.length] as Word);
    }
  }

  /** The titles that a person is known for: those with most votes among the credits. */
  knownFor(person: number): number[] {
    const world = this.#world;
    const billing = this.#billing;
    const works = this.#works;
    if (world.isNewcomer(person)) {
      const debut = billing.debutOf(person);
      return debut < world.allWorks && world.hasTitle(world.titleOf(debut))
        ? [world.titleOf(debut)]
        : [];
    }
    const role = roleOf(person);
    if (role === null) return [];
    const best: { title: number; votes: number }[] = [];
    for (const { work, credit } of billing.pools[role].creditsOf(person)) {
      const title = world.titleOf(work);
      if (!world.hasTitle(title) || best.some((other) => other.title === title)) continue;
      const facts = works.at(work);
      if (!billing.isUsed(role, facts, credit)) continue;
      best.push({ title, votes: facts.votes });
    }
    const most =
      person < world.names.founding * BUSY_SHARE
        ? KNOWN_FOR
        : 1 + Math.floor(world.random.fraction(Purpose.known, person) ** 2 * KNOWN_FOR);
    return best
      .sort((a, b) => b.votes - a.votes)
      .slice(0, most)
      .map(({ title }) => title);
  }

  #editsOf(person: number): number {
    return this.#world.editsOf(Purpose.nameEdits, person, EDIT_PERIOD);
  }
}
