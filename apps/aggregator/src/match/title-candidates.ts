import type { SourceRecord } from '@marquee/contract';
import { describe, searchForms, type Description } from '@marquee/matching';
import { compactForm, compactKey, normalForm, TIERS } from '@marquee/search';
import type { ClientBase } from 'pg';
import type { MatchedRecord } from './records.ts';

/** Titles of IMDb that a key finds, of so many texts that are examined, the best known first. */
const MAX_FOUND = 20;
const MAX_EXAMINED = 500;
/** Letters of the beginning by which similar titles are found. */
const BEGINNING = 8;
/** Names of a record by which titles are found. */
const MAX_NAMES = 20;

/** A title of IMDb that a record may tell of. */
export interface TitleHit {
  readonly record: MatchedRecord;
  readonly title: string;
}

/** A title that a form of a name finds. */
interface FoundTitle {
  readonly id: string;
  /** The name that is equal. */
  readonly name: string | null;
}

/** Titles of IMDb that records may tell of, which are read once. */
export class TitleCandidates {
  readonly #client: ClientBase;
  /** By statement, then by year and form: sources tell of the same movies. */
  readonly #found = new Map<string, Map<string, readonly FoundTitle[]>>();
  readonly #names = new Map<string, Set<string>>();
  readonly #described = new Map<string, Description>();

  constructor(client: ClientBase) {
    this.#client = client;
  }

  /** A title that a search has found. */
  get(id: string): Description | undefined {
    return this.#described.get(id);
  }

  /** Reads titles by their ids. */
  async read(ids: readonly string[]): Promise<void> {
    await this.#describe(ids);
  }

  /** The titles with the ids that the records give. */
  async byId(records: readonly MatchedRecord[]): Promise<TitleHit[]> {
    const hits = records.flatMap((record) => {
      const title = record.description.ids['imdb'];
      return title === undefined ? [] : [{ record, title }];
    });
    await this.#describe(hits.map(({ title }) => title));
    return hits.filter(({ title }) => this.#described.has(title));
  }

  /** Titles of which a name is equal to one of the record, within five years. */
  async byName(records: readonly MatchedRecord[]): Promise<TitleHit[]> {
    return this.#byTexts(records, ({ texts }) => searchForms(texts.whole.slice(0, MAX_NAMES)));
  }

  /** Titles of which a name is equal to a part of that of the record. */
  async byPart(records: readonly MatchedRecord[]): Promise<TitleHit[]> {
    return this.#byTexts(records, ({ texts }) => searchForms(texts.parts));
  }

  /** Titles that begin alike, within a year. */
  async byBeginning(records: readonly MatchedRecord[]): Promise<TitleHit[]> {
    const dated = records.filter(({ description }) => description.year !== null);
    return this.#find(
      SIMILAR_TITLES,
      dated.flatMap((record) => beginningsOf(record.description).map((form) => ({ record, form }))),
    );
  }

  /** Titles by a director of the record, within a year. */
  async byDirector(records: readonly MatchedRecord[]): Promise<TitleHit[]> {
    const dated = records.filter(({ description }) => description.year !== null);
    return this.#find(
      DIRECTED_TITLES,
      dated.flatMap((record) =>
        record.directors.map((name) => ({ record, form: compactForm(normalForm(name)) })),
      ),
    );
  }

  async #byTexts(
    records: readonly MatchedRecord[],
    formsOf: (description: Description) => string[],
  ): Promise<TitleHit[]> {
    return this.#find(
      EQUAL_TITLES,
      records.flatMap((record) => formsOf(record.description).map((form) => ({ record, form }))),
    );
  }

  async #find(
    statement: string,
    wanted: readonly { readonly record: MatchedRecord; readonly form: string }[],
  ): Promise<TitleHit[]> {
    if (wanted.length === 0 || !(await this.#hasTitles())) return [];
    const keyed = wanted.map(({ record, form }) => {
      const { year } = record.description;
      return { record, form, year, key: `${year ?? ''} ${form}` };
    });
    const found = this.#found.get(statement) ?? new Map<string, readonly FoundTitle[]>();
    this.#found.set(statement, found);
    const missing = keyed.filter(({ key }) => !found.has(key));
    await this.#search(statement, new Map(missing.map((one) => [one.key, one])), found);
    const hits = new Map(
      keyed.flatMap(({ record, key }) =>
        (found.get(key) ?? []).map(({ id }) => [`${record.key} ${id}`, { record, title: id }]),
      ),
    );
    await this.#describe([...hits.values()].map(({ title }) => title));
    return [...hits.values()].filter(({ title }) => this.#described.has(title));
  }

  /** Adds what each key finds, and the names by which titles were found. */
  async #search(
    statement: string,
    missing: ReadonlyMap<string, { readonly form: string; readonly year: number | null }>,
    found: Map<string, readonly FoundTitle[]>,
  ): Promise<void> {
    if (missing.size === 0) return;
    const wanted = [...missing.values()];
    const { rows } = await this.#client.query<FoundTitle & { n: number }>(statement, [
      wanted.map((_, n) => n),
      wanted.map(({ form }) => form),
      wanted.map(({ year }) => year),
      TIERS,
    ]);
    const byKey = Map.groupBy(rows, ({ n }) => n);
    [...missing.keys()].forEach((key, n) => found.set(key, byKey.get(n) ?? []));
    for (const { id, name } of rows) {
      if (name === null || this.#names.get(id)?.has(name) === true) continue;
      this.#names.set(id, (this.#names.get(id) ?? new Set()).add(name));
      this.#described.delete(id);
    }
  }

  /** Before the first load there are none. */
  async #hasTitles(): Promise<boolean> {
    const { rows } = await this.#client.query<{ exists: boolean }>(
      `select to_regclass('search.title_text') is not null and to_regclass('search.name_text') is not null as exists`,
    );
    return rows[0]?.exists === true;
  }

  async #describe(ids: readonly string[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#described.has(id));
    if (missing.length === 0) return;
    const { rows } = await this.#client.query<TitleRow>(TITLES, [missing]);
    for (const row of rows)
      this.#described.set(
        row.id,
        describe('imdb', row.id, toRecord(row, this.#names.get(row.id) ?? []), row.votes),
      );
  }
}

interface TitleRow {
  readonly id: string;
  readonly title: string | null;
  readonly original: string | null;
  readonly type: string | null;
  readonly year: number | null;
  readonly endYear: number | null;
  readonly runtimeMinutes: number | null;
  readonly genres: string[] | null;
  readonly directors: string[];
  readonly votes: number;
}

function toRecord(row: TitleRow, names: Iterable<string>): SourceRecord {
  return {
    title: row.title,
    originalTitle: row.original,
    names: [...names].map((name) => ({ name, language: null, region: null })),
    type: row.type,
    year: row.year,
    endYear: row.endYear,
    runtimeMinutes: row.runtimeMinutes,
    genres: row.genres ?? [],
    people: row.directors.map((name) => ({ name, role: 'director', imdb: null })),
    ids: { imdb: row.id },
  };
}

function beginningsOf({ texts }: Description): string[] {
  const [title = ''] = texts.whole;
  const forms = searchForms([title]).filter((form) => form.length >= BEGINNING);
  return [...new Set(forms.map((form) => form.slice(0, BEGINNING)))];
}

const EQUAL_TITLES = `
  select wanted.n, hit.id, substr(hit.key, 2) as name
  from unnest($1::int[], $2::text[], $3::int[]) as wanted (n, form, year)
    cross join unnest($4::text[]) as tier
    cross join lateral (
      select t.id, t.key
      from (
        select id, weight, key, start_year, last_year from search.title_text
        where ${compactKey('key')} = tier || wanted.form
        order by weight desc, id limit ${MAX_EXAMINED}
      ) as t
      where wanted.year is null or t.start_year is null
        or wanted.year between t.start_year - 5 and t.last_year + 5
      order by t.weight desc, t.id limit ${MAX_FOUND}
    ) as hit`;

const SIMILAR_TITLES = `
  select wanted.n, hit.id, null as name
  from unnest($1::int[], $2::text[], $3::int[]) as wanted (n, form, year)
    cross join unnest($4::text[]) as tier
    cross join lateral (
      select t.id
      from (
        select id, ${compactKey('key')} as text, weight, start_year from search.title_text
        where ${compactKey('key')} >= tier || wanted.form
          and ${compactKey('key')} < tier || wanted.form || U&'\\FFFF'
        order by 2, weight desc, id limit ${MAX_EXAMINED}
      ) as t
      where t.start_year between wanted.year - 1 and wanted.year + 1
      order by t.weight desc, t.id limit ${MAX_FOUND}
    ) as hit`;

const DIRECTED_TITLES = `
  select wanted.n, work.tconst as id, null as name
  from unnest($1::int[], $2::text[], $3::int[]) as wanted (n, form, year)
    cross join unnest($4::text[]) as tier
    cross join lateral (
      select id from search.name_text where ${compactKey('key')} = tier || wanted.form
      order by weight desc, id limit ${MAX_FOUND}
    ) as person
    cross join lateral (
      select p.tconst
      from imdb.title_principals p join imdb.title_basics b using (tconst)
      where p.nconst = person.id and p.category = 'director'
        and b.start_year between wanted.year - 1 and wanted.year + 1
      order by p.tconst limit ${MAX_FOUND}
    ) as work`;

const TITLES = `
  select b.tconst as id, b.primary_title as title, b.original_title as original, b.title_type as type,
    b.start_year as year, b.end_year as "endYear", b.runtime_minutes as "runtimeMinutes", b.genres,
    coalesce(r.num_votes, 0) as votes,
    array(
      select n.primary_name
      from imdb.title_crew c
        cross join lateral unnest(c.directors[:10]) as director (nconst)
        join imdb.name_basics n on n.nconst = director.nconst
      where c.tconst = b.tconst and n.primary_name is not null
    ) as directors
  from unnest($1::text[]) as wanted (id)
    join imdb.title_basics b on b.tconst = wanted.id
    left join imdb.title_ratings r on r.tconst = b.tconst`;
