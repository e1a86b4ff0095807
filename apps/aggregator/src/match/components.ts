import {
  DOUBTFUL_BITS,
  SURE_BITS,
  scorePair,
  wantedKeys,
  type Description,
  type PairScore,
} from '@marquee/matching';
import type { ClientBase } from 'pg';
import { readDecisions, type RecordDecisions } from './decisions.ts';
import { findByKeys, storeTextKeys } from './record-keys.ts';
import { columnsOf, readRecords, refKey, type MatchedRecord, type RecordRef } from './records.ts';
import { TitleCandidates } from './title-candidates.ts';

/** A record that may tell of the same movie as a title of IMDb or another record. */
export interface ScoredPair {
  readonly record: MatchedRecord;
  readonly other: { readonly title: Description } | { readonly record: MatchedRecord };
  readonly score: PairScore;
}

/** Records that are matched together, and what they are matched by. No pair leads out of them. */
export interface Components {
  readonly records: readonly MatchedRecord[];
  readonly pairs: readonly ScoredPair[];
  /** Titles of IMDb by id: those of pairs, of given ids, and of decisions. */
  readonly titles: ReadonlyMap<string, Description>;
  readonly decisions: ReadonlyMap<string, RecordDecisions>;
  /** The movie of each record before, also of those that are gone; by {@link refKey}. */
  readonly moviesBefore: ReadonlyMap<string, string>;
  readonly refs: readonly RecordRef[];
  /** The marks that this work deals with. */
  readonly pending: readonly RecordRef[];
}

/**
 * Reads all that pending records have to be matched with: records and titles like them, those that
 * they were matched with before, and so on, until no pair leads further.
 */
export async function readComponents(
  client: ClientBase,
  pending: readonly RecordRef[],
): Promise<Components> {
  const search = new ComponentSearch(client);
  for (let frontier = pending; frontier.length > 0;) frontier = await search.extend(frontier);
  return search.result();
}

class ComponentSearch {
  readonly #client: ClientBase;
  readonly #titles: TitleCandidates;
  readonly #records = new Map<string, MatchedRecord>();
  readonly #refs = new Map<string, RecordRef>();
  readonly #pairs = new Map<string, ScoredPair>();
  readonly #titlesUsed = new Map<string, Description>();
  readonly #decisions = new Map<string, RecordDecisions>();
  readonly #moviesBefore = new Map<string, string>();
  readonly #pending: RecordRef[] = [];

  constructor(client: ClientBase) {
    this.#client = client;
    this.#titles = new TitleCandidates(client);
  }

  result(): Components {
    return {
      records: [...this.#refs.keys()].flatMap((key) => this.#records.get(key) ?? []),
      pairs: [...this.#pairs.values()],
      titles: this.#titlesUsed,
      decisions: this.#decisions,
      moviesBefore: this.#moviesBefore,
      refs: [...this.#refs.values()],
      pending: this.#pending,
    };
  }

  /** Takes records in. @returns those that these lead to */
  async extend(frontier: readonly RecordRef[]): Promise<RecordRef[]> {
    for (const ref of frontier) this.#refs.set(refKey(ref), ref);
    await this.#lockPending(frontier);
    await this.#read(frontier);
    const records = frontier.flatMap((ref) => this.#records.get(refKey(ref)) ?? []);
    // also here: a record that came after the pass began has none, or those of what it told before
    const before = await storeTextKeys(this.#client, frontier, records);
    for (const { key, ...ref } of before)
      if (key.startsWith('movie:')) this.#moviesBefore.set(refKey(ref), key.slice('movie:'.length));
    const decided = await readDecisions(this.#client, frontier);
    for (const [key, decisions] of decided) this.#decisions.set(key, decisions);
    const targets = [...decided.values()].flatMap(({ same, different }) => [
      ...(same === null ? [] : [same.movie]),
      ...different,
    ]);
    const partners = await this.#pairRecords(records);
    const titles = [...(await this.#pairTitles(records)), ...(await this.#useTitles(targets))];
    const reached = await findByKeys(this.#client, [
      ...before.map(({ key }) => key).filter((key) => key.startsWith('group:')),
      ...titles.map((id) => `near:${id}`),
      ...records.map(({ ownMovie }) => `near:${ownMovie}`),
      ...targets.map((movie) => `own:${movie}`),
    ]);
    const next = new Map([...partners, ...reached].map((ref) => [refKey(ref), ref]));
    return [...next.values()].filter((ref) => !this.#refs.has(refKey(ref)));
  }

  /** Marks that others are writing are left for the next time. */
  async #lockPending(refs: readonly RecordRef[]): Promise<void> {
    const { rows } = await this.#client.query<RecordRef>(
      `select p.source, p.record_id as id
       from unnest($1::text[], $2::text[]) as wanted (source, id)
         join sources.pending p on p.source = wanted.source and p.record_id = wanted.id
       for update of p skip locked`,
      columnsOf(refs),
    );
    this.#pending.push(...rows);
  }

  async #read(refs: readonly RecordRef[]): Promise<void> {
    const missing = refs.filter((ref) => !this.#records.has(refKey(ref)));
    for (const record of await readRecords(this.#client, missing))
      this.#records.set(refKey(record), record);
  }

  /** Scores the records against all others that have a key in common. @returns those */
  async #pairRecords(records: readonly MatchedRecord[]): Promise<RecordRef[]> {
    const wanted = records.map((record) => ({ record, keys: wantedKeys(record.description) }));
    const found = Map.groupBy(
      await findByKeys(
        this.#client,
        wanted.flatMap(({ keys }) => keys),
      ),
      ({ key }) => key,
    );
    const candidates = wanted.flatMap(({ record, keys }) => {
      const others = keys.flatMap((key) =>
        (found.get(key) ?? []).filter((other) => isComparable(record, other, key)),
      );
      return [...new Map(others.map((other) => [refKey(other), other])).values()].map((other) => ({
        record,
        other,
      }));
    });
    await this.#read([...new Map(candidates.map(({ other }) => [refKey(other), other])).values()]);
    return candidates.flatMap(({ record, other }) => {
      const partner = this.#records.get(refKey(other));
      if (partner === undefined) return [];
      const [first, second] = record.key < partner.key ? [record, partner] : [partner, record];
      const isPair = this.#add(`${first.key}\n${second.key}`, () => ({
        record: second,
        other: { record: first },
        score: scorePair(first.description, second.description),
      }));
      return isPair || sharesId(first, second) ? [other] : [];
    });
  }

  /**
   * Scores the records against titles of IMDb: those of equal names decide; parts of names, and
   * similar names, are looked for where these give nothing sure.
   */
  async #pairTitles(records: readonly MatchedRecord[]): Promise<string[]> {
    const isTitled = ({ description }: MatchedRecord) => description.titles.length > 0;
    const given = await this.#titles.byId(records);
    for (const { title } of given) this.#use(title);
    const identified = new Set(given.map(({ record }) => record));
    const open = records.filter((record) => !identified.has(record));
    const used = given.map(({ title }) => title);
    const isSure = new Set<MatchedRecord>();
    const search = async (
      searched: readonly MatchedRecord[],
      step: 'byName' | 'byPart' | 'byBeginning' | 'byDirector',
    ) => {
      for (const { record, title } of await this.#titles[step](searched)) {
        const description = this.#titles.get(title);
        if (description === undefined) continue;
        const key = `${record.key}\n${title}`;
        const isPair = this.#add(key, () => ({
          record,
          other: { title: description },
          score: scorePair(record.description, description),
        }));
        if (!isPair) continue;
        this.#use(title);
        used.push(title);
        if ((this.#pairs.get(key)?.score.bits ?? 0) >= SURE_BITS) isSure.add(record);
      }
    };
    await search(open.filter(isTitled), 'byName');
    for (const step of ['byPart', 'byBeginning'] as const)
      await search(
        open.filter((record) => isTitled(record) && !isSure.has(record)),
        step,
      );
    await search(
      open.filter((record) => !isTitled(record)),
      'byDirector',
    );
    return used;
  }

  /** Titles that people named. @returns those that IMDb has */
  async #useTitles(movies: readonly string[]): Promise<string[]> {
    await this.#titles.read(movies.filter((movie) => movie.startsWith('tt')));
    for (const movie of movies) this.#use(movie);
    return movies.filter((movie) => this.#titlesUsed.has(movie));
  }

  #use(id: string): void {
    const title = this.#titles.get(id);
    if (title !== undefined) this.#titlesUsed.set(id, title);
  }

  /** @returns whether it is a pair that is at least doubtful */
  #add(key: string, pairOf: () => ScoredPair): boolean {
    if (this.#pairs.has(key)) return true;
    const pair = pairOf();
    if (pair.score.bits < DOUBTFUL_BITS) return false;
    this.#pairs.set(key, pair);
    return true;
  }
}

/** Records of one source are one movie only if they give the same id. */
function isComparable(record: RecordRef, other: RecordRef, key: string): boolean {
  if (record.source !== other.source) return true;
  return key.startsWith('id:') && record.id !== other.id;
}

function sharesId(a: MatchedRecord, b: MatchedRecord): boolean {
  return Object.entries(a.description.ids).some(([kind, id]) => b.description.ids[kind] === id);
}
