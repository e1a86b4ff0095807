/** A record, or a title of IMDb, that is put into a group. */
export interface Member {
  /** Unique; the smallest of a group founds it. Titles of IMDb come first. */
  readonly key: string;
  readonly source: string;
  /** Ids that tell it from others: members of one group have no two of a kind. */
  readonly ids: Readonly<Record<string, string>>;
  /** Kinds of ids in which records of its own source may differ, as each row has one of its own. */
  readonly ownIds?: readonly string[];
}

/** Two members that may be the same movie. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly method: 'decision' | 'id' | 'title' | 'person';
  /** Bits of evidence; pairs of decisions and ids are taken in this order too. */
  readonly bits: number;
}

/** How the best pair of a member that is alone in its group failed. */
export type NoMatchReason = 'ids-disagree' | 'ambiguous' | 'taken' | 'low-score';

export interface Grouping {
  /** The group of each member: the key of its smallest one. */
  readonly groupOf: ReadonlyMap<string, string>;
  /** The pair by which each member came into its group. */
  readonly joined: ReadonlyMap<string, Pair>;
  readonly failures: ReadonlyMap<string, NoMatchReason>;
}

/** From these bits on, a pair is one movie, if no other pair of them is nearly as good. */
export const SURE_BITS = 3;
/** From these bits on, a pair is shown to a person. */
export const DOUBTFUL_BITS = 0;
/** The lead over other pairs that a sure one has. */
export const LEAD_BITS = 1;

/**
 * Puts members into groups, each of which is one movie. A group has at most one title of IMDb and
 * one record of each source, unless an id or a person joins them; ids that differ, and members that
 * a person told apart, never meet. Pairs are taken from the best to the worst, so the result
 * depends on the members and pairs alone, and never on their order.
 *
 * @param apart pairs of keys that a person told apart
 */
export function groupMembers(
  members: readonly Member[],
  pairs: readonly Pair[],
  apart: readonly (readonly [string, string])[] = [],
): Grouping {
  const groups = new Groups(members, apart);
  const sorted = pairs.toSorted(byEvidence);
  const joined = new Map<string, Pair>();
  const failures = new Map<string, NoMatchReason>();
  const join = (pair: Pair) => {
    groups.join(pair.a, pair.b);
    for (const key of [pair.a, pair.b]) if (!joined.has(key)) joined.set(key, pair);
  };
  for (const pair of sorted) {
    if (pair.method !== 'decision' && pair.method !== 'id') continue;
    if (groups.areTogether(pair.a, pair.b)) continue;
    if (pair.method === 'decision' || groups.mayMeet(pair.a, pair.b)) join(pair);
    else if (!groups.areApart(pair.a, pair.b))
      for (const key of [pair.a, pair.b]) failures.set(key, 'ids-disagree');
  }
  const compared = sorted.filter(
    ({ a, b, method }) =>
      (method === 'title' || method === 'person') && !failures.has(a) && !failures.has(b),
  );
  const sure = compared.filter(({ bits }) => bits >= SURE_BITS);
  const pairsOf = Map.groupBy(
    compared.flatMap((pair) => [
      { key: pair.a, pair },
      { key: pair.b, pair },
    ]),
    ({ key }) => key,
  );
  const isAmbiguous = (pair: Pair): boolean =>
    [pair.a, pair.b].some((key) => {
      const partner = partnerOf(pair, key);
      return (pairsOf.get(key) ?? []).some(({ pair: other }) => {
        const rival = partnerOf(other, key);
        return (
          rival !== partner &&
          other.bits > pair.bits - LEAD_BITS &&
          groups.sourceOf(rival) === groups.sourceOf(partner) &&
          !groups.areTogether(rival, partner) &&
          groups.isFree(key, rival)
        );
      });
    });
  // a pair that was ambiguous may be clear once its rivals have found their own
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const pair of sure) {
      if (groups.areTogether(pair.a, pair.b) || !groups.isFree(pair.a, pair.b)) continue;
      if (isAmbiguous(pair)) continue;
      join(pair);
      isChanged = true;
    }
  }
  for (const { a, b, bits } of compared) {
    const failure = bits < SURE_BITS ? 'low-score' : groups.isFree(a, b) ? 'ambiguous' : 'taken';
    for (const key of [a, b])
      if (!failures.has(key) && !joined.has(key)) failures.set(key, failure);
  }
  return { groupOf: groups.all(), joined, failures };
}

function partnerOf({ a, b }: Pair, key: string): string {
  return a === key ? b : a;
}

const METHODS = ['decision', 'id', 'title', 'person'];

function byEvidence(one: Pair, other: Pair): number {
  const rank = ({ method }: Pair) => Math.min(METHODS.indexOf(method), 2);
  return (
    rank(one) - rank(other) ||
    other.bits - one.bits ||
    compareTexts(one.a, other.a) ||
    compareTexts(one.b, other.b)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Groups that are joined: disjoint sets of keys. */
class Groups {
  readonly #groups = new Map<string, Member[]>();
  readonly #apart: ReadonlySet<string>;

  constructor(members: readonly Member[], apart: readonly (readonly [string, string])[]) {
    for (const member of members) this.#groups.set(member.key, [member]);
    this.#apart = new Set(apart.flatMap(([a, b]) => [pairKey(a, b), pairKey(b, a)]));
  }

  areTogether(a: string, b: string): boolean {
    return this.#of(a) === this.#of(b);
  }

  sourceOf(key: string): string {
    return this.#of(key).find((member) => member.key === key)?.source ?? '';
  }

  /** Whether a person told any of both groups apart. */
  areApart(a: string, b: string): boolean {
    return this.#pairs(a, b).some(([one, other]) => this.#apart.has(pairKey(one.key, other.key)));
  }

  /** Whether nothing speaks against one movie but that it has two records of a source. */
  mayMeet(a: string, b: string): boolean {
    if (this.areApart(a, b)) return false;
    return this.#pairs(a, b).every(
      ([one, other]) =>
        !(one.source === 'imdb' && other.source === 'imdb') && !isContradictory(one, other),
    );
  }

  /** Whether the groups of both may become one. */
  isFree(a: string, b: string): boolean {
    return (
      this.mayMeet(a, b) && this.#pairs(a, b).every(([one, other]) => one.source !== other.source)
    );
  }

  join(a: string, b: string): void {
    const [group, other] = [this.#of(a), this.#of(b)];
    group.push(...other);
    for (const { key } of other) this.#groups.set(key, group);
  }

  all(): Map<string, string> {
    return new Map(
      [...this.#groups].map(([key, group]) => [
        key,
        group.map((member) => member.key).reduce((a, b) => (a < b ? a : b)),
      ]),
    );
  }

  #of(key: string): Member[] {
    const group = this.#groups.get(key);
    if (group === undefined) throw new Error(`No member has the key ${key}.`);
    return group;
  }

  #pairs(a: string, b: string): (readonly [Member, Member])[] {
    return this.#of(a).flatMap((one) => this.#of(b).map((other) => [one, other] as const));
  }
}

function isContradictory(one: Member, other: Member): boolean {
  const ignored =
    one.source === other.source ? [...(one.ownIds ?? []), ...(other.ownIds ?? [])] : [];
  return Object.entries(one.ids).some(
    ([kind, id]) => (other.ids[kind] ?? id) !== id && !ignored.includes(kind),
  );
}

function pairKey(a: string, b: string): string {
  return `${a}\n${b}`;
}
