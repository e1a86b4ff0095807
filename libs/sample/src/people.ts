import { MADE_UP } from '@marquee/datasets';
import { newcomerRole, type Billing } from './billing.ts';
import { SIDE_PROFESSIONS } from './codes.ts';
import { Purpose } from './dice.ts';
import { roleOf, ROLES, type Role } from './role-pool.ts';
import { word, words, type RowWriter, type Word } from './row-writer.ts';
import { MEN, SURNAMES, WOMEN } from './words.ts';
import type { Works } from './works.ts';
import { PRESENT, type World } from './world.ts';

const SPACE = word(' ');
const JUNIOR = word(' Jr.');
const INITIAL_END = word('. ');
const SIGNATURE = word(MADE_UP.name.primaryName);
/** The person whose name says that all of it is made up: nm0000001. */
const SIGNED = 0;
const QUOTE_END = word('" ');
/** Parts of surnames that are at times written together with what follows: Di Varga, DiVarga. */
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
/** People are numbered so that those with the most credits come first. */
const BUSY_SHARE = 0.02;
const EDIT_PERIOD = 400;

/** How rarely an odd person is met; the first of each kind is there in a small sample, too. */
const ODD = {
  beforeChrist: { every: 5_000_000, first: 500 },
  nameless: { every: 200_000, first: 123 },
  emptyProfession: { every: 1000, first: 41 },
} as const;

/** What is known of people. */
export class People {
  readonly #world: World;
  readonly #works: Works;
  readonly #billing: Billing;
  constructor(world: World, works: Works, billing: Billing) {
    this.#world = world;
    this.#works = works;
    this.#billing = billing;
  }

  isOdd(way: keyof typeof ODD, person: number): boolean {
    return person % ODD[way].every === ODD[way].first;
  }

  /** What a person is mostly credited for; null for one without credits. */
  roleOf(person: number): Role | null {
    return this.#world.isNewcomer(person) ? newcomerRole(person) : roleOf(person);
  }

  /** First name and surname, and at times more. */
  writeName(row: RowWriter, person: number): void {
    if (person === SIGNED) {
      row.text(SIGNATURE);
      return;
    }
    const { dice } = this.#world;
    const role = this.roleOf(person);
    const isWoman =
      role === 'actress' || (role !== 'actor' && dice.happens(0.42, Purpose.gender, -1 - person));
    const names = isWoman ? WOMEN : MEN;
    const form = dice.below(Purpose.nameForm, person, 1000);
    if (form >= 163 && form < 168) this.#writeInitials(row, person);
    else row.text(dice.pick(names, Purpose.firstName, person));
    // one in a hundred goes by one name
    if (form >= 152 && form < 163) return;
    row.text(SPACE);
    if (form < 30) row.byte(0x41 + dice.below(Purpose.epithet, person, 26)).text(INITIAL_END);
    else if (form >= 120 && form < 150)
      row.text(dice.pick(names, Purpose.epithet, person)).text(SPACE);
    else if (form >= 150 && form < 152)
      row
        .byte(0x22)
        .text(dice.pick(ALIASES, Purpose.epithet, person))
        .text(QUOTE_END);
    this.#writeSurname(row, person);
    if (form >= 975) row.byte(0x2d).text(dice.pick(SURNAMES, Purpose.epithet, person));
    else if (form < 8 && !isWoman) row.text(JUNIOR);
  }

  /** As in J.R. Varga. */
  #writeInitials(row: RowWriter, person: number): void {
    const { dice } = this.#world;
    for (const index of [person, -1 - person])
      row.byte(0x41 + dice.below(Purpose.epithet, index, 26)).byte(DOT);
  }

  #writeSurname(row: RowWriter, person: number): void {
    const { dice } = this.#world;
    if (dice.happens(WITH_PARTICLE, Purpose.particle, person)) {
      row.text(dice.pick(PARTICLES, Purpose.particle, -1 - person));
      if (!dice.happens(GLUED_PARTICLE, Purpose.joined, person)) row.text(SPACE);
    }
    row.text(dice.pick(SURNAMES, Purpose.lastName, person));
  }

  /** Years of birth and death; for most people neither is known, for the busiest it usually is. */
  lifeOf(person: number): { birth: number | null; death: number | null } {
    if (this.isOdd('beforeChrist', person)) return { birth: 525, death: 456 };
    const { dice, names } = this.#world;
    const known = person < names.founding * BUSY_SHARE ? 0.85 : 0.024;
    const edited =
      this.#editsOf(person) % 2 === 1 && dice.happens(0.4, Purpose.editedField, person);
    if (!edited && !dice.happens(known, Purpose.birthKnown, person))
      return { birth: null, death: null };
    const birth =
      PRESENT - 16 - Math.floor(dice.share(Purpose.birth, person) ** 1.2 * 130) - (edited ? 1 : 0);
    const death =
      birth +
      40 +
      Math.floor((dice.share(Purpose.death, person) + dice.share(Purpose.death, -1 - person)) * 32);
    return { birth, death: death <= PRESENT ? death : null };
  }

  /** Up to three professions, the one they are credited for first. */
  writeProfessions(row: RowWriter, person: number): void {
    if (this.isOdd('emptyProfession', person)) return;
    const { dice } = this.#world;
    const role = this.roleOf(person);
    const isMainKnown = role !== null && role !== 'self';
    // most have one
    const more = Math.floor(dice.share(Purpose.profession, person) ** 2 * 3);
    const others = more + (isMainKnown || dice.happens(0.3, Purpose.known, person) ? 0 : 1);
    if (isMainKnown) row.text(MAIN_PROFESSIONS[role]);
    else if (others === 0) row.null();
    // an edit gives them another second profession
    const first =
      dice.below(Purpose.noun, person, SIDE_PROFESSIONS.length) + (this.#editsOf(person) % 2);
    const step = 1 + dice.below(Purpose.secondNoun, person, SIDE_PROFESSIONS.length - 2);
    for (let i = 0; i < others; i++) {
      if (isMainKnown || i > 0) row.byte(COMMA);
      row.text(SIDE_PROFESSIONS[(first + i * step) % SIDE_PROFESSIONS.length] as Word);
    }
  }

  /**
   * The titles a person is best known for: of those they are credited in, the ones with the most
   * votes.
   */
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
        : 1 + Math.floor(world.dice.share(Purpose.known, person) ** 2 * KNOWN_FOR);
    return best
      .sort((a, b) => b.votes - a.votes)
      .slice(0, most)
      .map(({ title }) => title);
  }

  #editsOf(person: number): number {
    return this.#world.editsOf(Purpose.nameEdits, person, EDIT_PERIOD);
  }
}
