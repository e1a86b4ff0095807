import type { Crew } from '@marquee/contract';
import type { ListItems } from '../api-client.ts';
import { joinFacts, labelOf } from '../format.ts';

type Credit = ListItems['credits'];

const CAST = new Set(['actor', 'actress', 'self']);

/** A person in a list of credits, with all that is said of the work. */
export interface Credited {
  readonly nconst: string;
  readonly primaryName: string | null;
  readonly note: string;
}

/** The people of one role. */
export interface CreditedRole {
  readonly role: string;
  readonly people: readonly Credited[];
}

/**
 * Cast and crew by role, each person once in a role, the cast first. Directors and writers of the
 * crew are left out: the head of the page names them.
 */
export function creditedRoles(credits: readonly Credit[], crew: Crew | undefined): CreditedRole[] {
  const inHead: Readonly<Record<string, ReadonlySet<string>>> = {
    director: idsOf(crew?.directors),
    writer: idsOf(crew?.writers),
  };
  const rest = credits.filter(
    ({ category, nconst }) => nconst !== null && inHead[category ?? '']?.has(nconst) !== true,
  );
  const byRole = Map.groupBy(rest, ({ category }) =>
    CAST.has(category ?? '') ? 'Cast' : labelOf(category),
  );
  return [...byRole]
    .map(([role, some]) => ({ role: nameOf(role, some), people: peopleOf(some) }))
    .sort((a, b) => Number(b.role === 'Cast') - Number(a.role === 'Cast'));
}

function idsOf(people: Crew['directors'] = []): ReadonlySet<string> {
  return new Set(people.map(({ nconst }) => nconst));
}

/** People of a role by id, with their characters and jobs in the order of the credits. */
function peopleOf(credits: readonly Credit[]): Credited[] {
  return byPerson(credits).map(([nconst, some]) => ({
    nconst,
    primaryName: some[0]?.primaryName ?? null,
    note: joinFacts(
      [...new Set(some.flatMap(({ characters }) => characters ?? []))].join(', '),
      [...new Set(some.flatMap(({ job }) => job ?? []))].join(', '),
    ),
  }));
}

/** The role's name, in the plural for several people: `Producers`. */
function nameOf(role: string, credits: readonly Credit[]): string {
  const isPlural = new Set(credits.map(({ nconst }) => nconst)).size > 1;
  // `Cast` and `Archive footage` name no person
  return isPlural && /(?:er|or|ist|ress|ner)$/u.test(role) ? pluralOf(role) : role;
}

function pluralOf(role: string): string {
  return role.endsWith('ss') ? `${role}es` : `${role}s`;
}

/** Credits by person. A credit without an id names nobody. */
function byPerson(credits: readonly Credit[]): [nconst: string, credits: Credit[]][] {
  return [...Map.groupBy(credits, ({ nconst }) => nconst)].flatMap(([nconst, some]) =>
    nconst === null ? [] : [[nconst, some]],
  );
}

/** The jobs of the credits of a category, joined, by the person's id. */
export function jobsOf(credits: readonly Credit[], category: string): ReadonlyMap<string, string> {
  const some = credits.filter((credit) => credit.category === category && credit.job !== null);
  return new Map(
    byPerson(some).map(([nconst, own]) => [
      nconst,
      [...new Set(own.map(({ job }) => job))].join(', '),
    ]),
  );
}
