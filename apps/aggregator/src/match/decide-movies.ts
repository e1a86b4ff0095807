import {
  groupMembers,
  scorePair,
  type Description,
  type Grouping,
  type Member,
  type Pair,
  type PairParts,
  type PairScore,
} from '@marquee/matching';
import type { Components } from './components.ts';
import { refKey, type MatchedRecord } from './records.ts';

/** A movie that a record may tell of, and is not matched with. */
export interface MatchCandidate {
  readonly movie: string;
  readonly imdb?: string;
  readonly source?: string;
  readonly record?: string;
  readonly title: string | null;
  readonly year: number | null;
  readonly score: number;
  readonly parts: PairParts;
}

/** The result of a record, as a row of `sources.match`. */
export interface RecordMatch {
  readonly record: MatchedRecord;
  readonly movie: string;
  readonly state: 'matched' | 'doubtful' | 'unmatched' | 'conflict';
  readonly method: Pair['method'] | 'own';
  readonly score: number | null;
  readonly parts: PairParts | null;
  readonly reason: string | null;
  readonly candidates: readonly MatchCandidate[];
  readonly decision: string | null;
  /** The same for all records that were matched together. */
  readonly label: string;
}

/** Candidates that are kept of a record. */
const MAX_CANDIDATES = 5;
/** The order in which pairs of given ids are taken. */
const ID_BITS = { title: 3, imdb: 2, other: 1 } as const;

/** Puts records into movies: a pure function of what was read. */
export function decideMovies(components: Components): RecordMatch[] {
  const scores = scoredPairs(components);
  const ids = idPairs(components);
  const pairs = [...scores.keys(), ...ids, ...decisionPairs(components)];
  const members = membersOf(components);
  const grouping = groupMembers(members, pairs, toldApart(components));
  const decided: Decided = {
    components,
    grouping,
    scores,
    groups: Map.groupBy(members, ({ key }) => grouping.groupOf.get(key) ?? key),
    pairsOf: byKey([...scores.keys(), ...ids]),
    descriptions: new Map([
      ...components.records.map(({ key, description }) => [key, description] as const),
      ...[...components.titles].map(([id, title]) => [titleKey(id), title] as const),
    ]),
    records: new Map(components.records.map((record) => [record.key, record])),
  };
  const labels = labelsOf(members, pairs);
  return components.records.map((record) => ({
    ...resultOf(record, decided),
    record,
    movie: movieOf(record.key, decided),
    label: labels.get(record.key) ?? record.key,
  }));
}

interface Decided {
  readonly components: Components;
  readonly grouping: Grouping;
  readonly scores: ReadonlyMap<Pair, PairScore>;
  readonly groups: ReadonlyMap<string, readonly Member[]>;
  readonly pairsOf: ReadonlyMap<string, readonly Pair[]>;
  readonly descriptions: ReadonlyMap<string, Description>;
  readonly records: ReadonlyMap<string, MatchedRecord>;
}

function titleKey(id: string): string {
  return `imdb ${id}`;
}

function membersOf({ records, titles, decisions }: Components): Member[] {
  return [
    ...[...titles.keys()].map((id) => ({
      key: titleKey(id),
      source: 'imdb',
      ids: { imdb: id },
    })),
    ...records.map((record) => ({
      key: record.key,
      source: record.source,
      // a person knows better than the ids of the record
      ids: isDecided(record, decisions) ? {} : comparableIds(record, titles),
      ownIds: Object.entries(record.description.ids).flatMap(([kind, id]) =>
        id === record.id ? [kind] : [],
      ),
    })),
  ];
}

function isDecided(record: MatchedRecord, decisions: Components['decisions']): boolean {
  const { same = null, none = null } = decisions.get(refKey(record)) ?? {};
  return same !== null || none !== null;
}

/** An id of a title that IMDb does not have, or no longer, contradicts no title. */
function comparableIds(
  { description: { ids } }: MatchedRecord,
  titles: Components['titles'],
): Record<string, string> {
  const { imdb, ...others } = ids;
  if (imdb === undefined) return others;
  return { ...others, [titles.has(imdb) ? 'imdb' : 'imdb, absent']: imdb };
}

function scoredPairs({ pairs, decisions }: Components): Map<Pair, PairScore> {
  return new Map(
    pairs.flatMap(({ record, other, score }): [Pair, PairScore][] => {
      const partner = 'record' in other ? other.record : null;
      const both = [record, ...(partner === null ? [] : [partner])];
      if (both.some((one) => (decisions.get(refKey(one))?.none ?? null) !== null)) return [];
      const isForTitle = partner === null && isDecided(record, decisions);
      if (isForTitle) return [];
      const b = 'title' in other ? titleKey(other.title.id) : other.record.key;
      const method = score.parts.name.kind === 'none' ? 'person' : 'title';
      return [[{ a: record.key, b, method, bits: score.bits }, score]];
    }),
  );
}

function idPairs({ records, titles, decisions }: Components): Pair[] {
  const open = records.filter((record) => !isDecided(record, decisions));
  const toTitles = open.flatMap((record): Pair[] => {
    const { imdb } = record.description.ids;
    if (imdb === undefined || !titles.has(imdb)) return [];
    return [{ a: record.key, b: titleKey(imdb), method: 'id', bits: ID_BITS.title }];
  });
  const shared = Map.groupBy(
    open.flatMap((record) =>
      Object.entries(record.description.ids)
        .filter(([kind, id]) => kind !== 'imdb' || !titles.has(id))
        .map(([kind, id]) => ({ kind, value: `${kind}:${id}`, key: record.key })),
    ),
    ({ value }) => value,
  );
  const toEachOther = [...shared.values()].flatMap((same) =>
    same.flatMap(({ kind, key }, i) =>
      same.slice(i + 1).map((other): Pair => ({
        a: key,
        b: other.key,
        method: 'id',
        bits: kind === 'imdb' ? ID_BITS.imdb : ID_BITS.other,
      })),
    ),
  );
  return [...toTitles, ...toEachOther];
}

function decisionPairs(components: Components): Pair[] {
  return components.records.flatMap((record): Pair[] => {
    const same = components.decisions.get(refKey(record))?.same ?? null;
    const target = same === null ? null : memberOf(same.movie, components);
    if (same === null || target === null || target === record.key) return [];
    return [{ a: record.key, b: target, method: 'decision', bits: Number(same.decision) }];
  });
}

function toldApart(components: Components): [string, string][] {
  return components.records.flatMap((record) =>
    (components.decisions.get(refKey(record))?.different ?? []).flatMap(
      (movie): [string, string][] => {
        const target = memberOf(movie, components);
        return target === null || target === record.key ? [] : [[record.key, target]];
      },
    ),
  );
}

/** The title, or the record that founds a movie; null if it is gone. */
function memberOf(movie: string, { titles, records }: Components): string | null {
  if (titles.has(movie)) return titleKey(movie);
  return records.find(({ ownMovie }) => ownMovie === movie)?.key ?? null;
}

/** The id of a member's movie: that of IMDb, or the one that its smallest record founds. */
function movieOf(key: string, { grouping, groups, records }: Decided): string {
  const members = groups.get(grouping.groupOf.get(key) ?? key) ?? [];
  const imdb = members.find(({ source }) => source === 'imdb')?.ids['imdb'];
  if (imdb !== undefined) return imdb;
  const founder = members.map((member) => member.key).reduce((a, b) => (a < b ? a : b), key);
  const movie = records.get(founder)?.ownMovie;
  if (movie === undefined) throw new Error(`No record founds the movie of ${key}.`);
  return movie;
}

function resultOf(
  record: MatchedRecord,
  decided: Decided,
): Omit<RecordMatch, 'record' | 'movie' | 'label'> {
  const { grouping, groups, scores, components } = decided;
  const decision = components.decisions.get(refKey(record)) ?? null;
  const joined = grouping.joined.get(record.key);
  const members = groups.get(grouping.groupOf.get(record.key) ?? '') ?? [];
  const isShared = members.some(({ source }) => source !== record.source);
  const failure = grouping.failures.get(record.key) ?? null;
  const isConflict = failure === 'ids-disagree';
  const candidates = isShared && !isConflict ? [] : candidatesOf(record, decided);
  const [best] = candidates;
  const score = joined === undefined ? undefined : scores.get(joined);
  const isDoubtful = best !== undefined && decision?.none == null;
  return {
    state: isConflict ? 'conflict' : isShared ? 'matched' : isDoubtful ? 'doubtful' : 'unmatched',
    method: joined?.method ?? 'own',
    score: (isShared ? score : best)?.score ?? null,
    parts: (isShared ? score : best)?.parts ?? null,
    reason: isConflict ? failure : isShared ? null : reasonOf(record, failure, decision !== null),
    candidates,
    decision: decision?.last ?? null,
  };
}

function reasonOf(
  { description }: MatchedRecord,
  failure: string | null,
  isDecided: boolean,
): string {
  if (failure !== null) return failure;
  if (isDecided) return 'decided';
  return description.titles.length === 0 ? 'no-title' : 'no-candidate';
}

/** The other movies that a record may tell of, the best first. */
function candidatesOf(record: MatchedRecord, decided: Decided): MatchCandidate[] {
  const { pairsOf, descriptions, scores } = decided;
  const own = movieOf(record.key, decided);
  const found = (pairsOf.get(record.key) ?? []).flatMap((pair) => {
    const key = pair.a === record.key ? pair.b : pair.a;
    const description = descriptions.get(key);
    const movie = movieOf(key, decided);
    if (description === undefined || movie === own) return [];
    const { bits, score, parts } = scores.get(pair) ?? scorePair(record.description, description);
    const { source, id, title, year } = description;
    const which = source === 'imdb' ? { imdb: id } : { source, record: id };
    return [{ key, bits, candidate: { movie, ...which, title, year, score, parts } }];
  });
  found.sort((one, other) => other.bits - one.bits || (one.key < other.key ? -1 : 1));
  const byMovie = new Map<string, MatchCandidate>();
  for (const { candidate } of found)
    if (!byMovie.has(candidate.movie)) byMovie.set(candidate.movie, candidate);
  return [...byMovie.values()].slice(0, MAX_CANDIDATES);
}

function byKey(pairs: readonly Pair[]): Map<string, Pair[]> {
  const pairsOf = new Map<string, Pair[]>();
  for (const pair of pairs)
    for (const key of [pair.a, pair.b]) {
      const others = pairsOf.get(key);
      if (others === undefined) pairsOf.set(key, [pair]);
      else others.push(pair);
    }
  return pairsOf;
}

/** Labels members that pairs lead to from each other: the smallest key of them. */
function labelsOf(members: readonly Member[], pairs: readonly Pair[]): Map<string, string> {
  const pairsOf = byKey(pairs);
  const labels = new Map<string, string>();
  const keys = members.filter(({ source }) => source !== 'imdb').map(({ key }) => key);
  for (const label of keys.sort()) {
    const reached = labels.has(label) ? [] : [label];
    for (let key = reached.pop(); key !== undefined; key = reached.pop()) {
      if (labels.has(key)) continue;
      labels.set(key, label);
      for (const { a, b } of pairsOf.get(key) ?? []) reached.push(a === key ? b : a);
    }
  }
  return labels;
}
