import { ChangeEntry, ChangePage } from '@marquee/contract';
import { expect, it } from 'vitest';
import { allItems, pagesOf } from './pages.ts';
import { useDays } from './sample-days.ts';
import { useSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 3 });
const system = useSystem(() => ({ published: days }));

/** The publishes between pages, from day 2 on: a refresh and a full load of each day in turn. */
const PUBLISHES = [
  { day: 0, body: {} },
  { day: 1, body: { force: 'full' } },
  { day: 2, body: {} },
  { day: 0, body: { force: 'full' } },
  { day: 1, body: {} },
  { day: 2, body: { force: 'full' } },
] as const;

type Item = Readonly<Record<string, unknown>>;

/** A list, and the fields that determine the position of an item. */
interface List {
  readonly path: string;
  readonly place: readonly string[];
}

/**
 * Lists of titles and lists below a title or name. Below: the longest list that changes, of those
 * whose parent exists on all days.
 */
async function chooseLists(): Promise<List[]> {
  const most = async (table: string, id: string) => {
    const [owner] = await system.query(
      `with moved as (select dataset, key, coalesce(after, before) ->> $2 as owner from ingest.change where kind <> 'update')
       select ${id} as id from imdb.${table}
       where ${id} in (select owner from moved where dataset = $1) and ${id} not in (select key from moved where dataset in ('title.basics', 'name.basics'))
       group by 1 order by count(*) desc, 1 limit 1`,
      [table.replace('_', '.'), id],
    );
    return String(owner?.['id']);
  };
  return [
    { path: '/titles?sort=votes', place: ['numVotes', 'tconst'] },
    { path: `/titles/${await most('title_akas', 'title_id')}/akas`, place: ['ordering'] },
    {
      path: `/titles/${await most('title_episode', 'parent_tconst')}/episodes`,
      place: ['seasonNumber', 'episodeNumber', 'tconst'],
    },
    {
      path: `/names/${await most('title_principals', 'nconst')}/filmography?sort=votes`,
      place: ['numVotes', 'tconst', 'ordering'],
    },
  ];
}

/** A list that is read page by page. */
class Walk {
  /** Its items on each day, without publishes in between. */
  readonly #whole: readonly (readonly Item[])[];
  readonly #pages: AsyncIterator<readonly Item[], void>;
  readonly #placeOf: (item: Item) => string;
  readonly seen: string[] = [];
  readonly strangers: Item[] = [];

  constructor({ path, place }: List, whole: readonly (readonly Item[])[]) {
    this.#whole = whole;
    this.#placeOf = (item) => JSON.stringify(place.map((field) => item[field]));
    this.#pages = pagesOf<Item>(
      system,
      path,
      Math.floor(Math.min(...whole.map(({ length }) => length)) / (PUBLISHES.length + 1)),
    );
  }

  /** Requests the next page, while a day is published. @returns whether there was one */
  async step(day: number): Promise<boolean> {
    const page = await this.#pages.next();
    if (page.done === true) return false;
    const known = new Set(this.#whole[day]?.map((item) => JSON.stringify(item)));
    this.strangers.push(...page.value.filter((item) => !known.has(JSON.stringify(item))));
    this.seen.push(...page.value.map(this.#placeOf));
    return true;
  }

  /** Positions that exist in the list on all days. */
  get lasting(): string[] {
    const [first = [], ...others] = this.#whole.map((items) => items.map(this.#placeOf));
    return first.filter((place) => others.every((places) => places.includes(place)));
  }

  /** Positions that exist in the list on some days only. */
  get passing(): string[] {
    const lasting = new Set(this.lasting);
    return this.#whole
      .flat()
      .map(this.#placeOf)
      .filter((place) => !lasting.has(place));
  }
}

it(
  'lists items with an unchanged position once, and none twice, while refreshes and full loads are published between its pages',
  { tags: ['long'] },
  async () => {
    for (const day of [0, 1, 2]) await system.update(days.day(day));
    const lists = await chooseLists();
    const whole = lists.map((): Item[][] => []);
    for (const day of [0, 1, 2]) {
      await system.update(days.day(day));
      for (const [i, { path }] of lists.entries())
        whole[i]?.push(await allItems<Item>(system, path, 200));
    }
    const walks = lists.map((list, i) => new Walk(list, whole[i] ?? []));
    for (const walk of walks) await walk.step(2);
    for (const { day, body } of PUBLISHES) {
      await system.update(days.day(day), body);
      for (const walk of walks) expect(await walk.step(day)).toBe(true);
    }
    for (const walk of walks) {
      while (await walk.step(2)) continue;
      expect(walk.strangers).toEqual([]);
      expect(new Set(walk.seen).size).toBe(walk.seen.length);
      const seen = new Set(walk.seen);
      expect(walk.lasting.filter((place) => !seen.has(place))).toEqual([]);
    }
    // in each list, items were added, removed or moved meanwhile
    for (const walk of walks) expect(walk.passing).not.toEqual([]);
  },
);

it(
  'returns each change once, in order, while refreshes and full loads are published between the pages of the feed',
  { tags: ['long'] },
  async () => {
    const { id: first } = await system.update(days.day(0));
    const runs = [(await system.update(days.day(2))).id];
    const seen: ChangePage['items'] = [];
    const take = async (since: string) => {
      const { items, cursor, next } = ChangePage.parse(
        await system.get(`/changes?since=${since}&limit=50`),
      );
      seen.push(...items);
      return { cursor, isLast: next === null };
    };
    let { cursor } = await take(first);
    for (const { day, body } of PUBLISHES) {
      runs.push((await system.update(days.day(day), body)).id);
      ({ cursor } = await take(cursor));
    }
    for (let isLast = false; !isLast;) ({ cursor, isLast } = await take(cursor));
    expect([...new Set(seen.map(({ runId }) => runId))]).toEqual(runs);
    expect(new Set(seen.map((change) => change.cursor)).size).toBe(seen.length);
    const [{ count } = {}] = await system.query('select count(*)::int from ingest.change');
    expect(seen.filter(({ kind }) => kind !== 'reload')).toHaveLength(Number(count));
    const stream = await fetch(`${system.apiUrl}/changes?since=${first}`, {
      headers: { accept: 'application/x-ndjson' },
    });
    expect(
      (await stream.text())
        .trimEnd()
        .split('\n')
        .map((line) => ChangeEntry.parse(JSON.parse(line))),
    ).toEqual(seen);
  },
);
