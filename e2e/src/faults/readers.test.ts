import { setTimeout as sleep } from 'node:timers/promises';
import { FoundTitlePage, TitleBasic } from '@marquee/contract';
import { DATASETS } from '@marquee/datasets';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFileRows } from '../compare-published.ts';
import { useDays } from '../sample-days.ts';
import { SeededRandom } from './seeded-random.ts';
import { Machine } from './machine.ts';
import { FaultyOrigin } from './faulty-origin.ts';

const PAGE = 100;
const READERS = 4;

const days = useDays({ titles: 3000, days: 2 });
let origin: FaultyOrigin;
let machine: Machine;
beforeAll(async () => {
  origin = await FaultyOrigin.start(days, 2);
  machine = await Machine.start('postgres', origin);
});
afterAll(async () => {
  await machine.stop();
  await machine.remove();
  await origin.close();
});

/** Expected responses of the API on one day, as text. */
class Day {
  readonly #titles: ReadonlyMap<string, string>;
  readonly ids: readonly string[];

  private constructor(titles: ReadonlyMap<string, string>) {
    this.#titles = titles;
    this.ids = [...titles.keys()].sort();
  }

  static async read(folder: string): Promise<Day> {
    return new Day(await readFileRows('title.basics', folder));
  }

  answerTo(path: string): string {
    const [, id] = /^\/titles\/(tt\d+)$/u.exec(path) ?? [];
    if (id !== undefined) return this.#titles.get(id) ?? 'none';
    const year = new URL(path, 'http://any').searchParams.get('startYearFrom');
    const found =
      year === null ? this.ids : this.ids.filter((other) => this.yearOf(other) === Number(year));
    return [
      ...found.slice(0, PAGE).map((other) => this.#titles.get(other)),
      found.length > PAGE,
    ].join('\n');
  }

  yearOf(id: string): number | null {
    return (
      (JSON.parse(this.#titles.get(id) ?? 'null') as Pick<TitleBasic, 'startYear'> | null)
        ?.startYear ?? null
    );
  }
}

/** The response as the same text. @throws Error if it is neither a title, a page nor a 404 */
async function ask(path: string): Promise<string> {
  const response = await fetch(machine.apiUrl + path);
  const body: unknown = await response.json();
  if (response.status === 404) return 'none';
  if (response.status !== 200)
    throw new Error(`${path} is answered with ${response.status}: ${JSON.stringify(body)}`);
  if (!path.includes('?')) return textOf(TitleBasic.parse(body));
  const { items, next } = FoundTitlePage.parse(body);
  return [...items.map(textOf), next !== null].join('\n');
}

function textOf(title: { readonly [K in keyof TitleBasic]?: TitleBasic[K] | undefined }): string {
  return JSON.stringify(
    Object.fromEntries(DATASETS['title.basics'].columns.map(({ name }) => [name, title[name]])),
  );
}

/** Checks what readers see during a run that publishes another day. */
class Watch {
  readonly wrong: string[] = [];
  answers = 0;
  ofOldAlone = 0;
  ofNewAlone = 0;
  #over = false;
  readonly #old: Day;
  readonly #next: Day;
  readonly #paths: readonly string[];

  constructor(old: Day, next: Day) {
    this.#old = old;
    this.#next = next;
    const ids = [...new Set([...old.ids, ...next.ids])];
    const years = new Set(
      [old, next]
        .flatMap((day) => day.ids.map((id) => day.yearOf(id)))
        .filter((year) => year !== null),
    );
    const pages = [
      '',
      ...[...years].map((year) => `&startYearFrom=${year}&startYearTo=${year}`),
    ].map((more) => `/titles?sort=id&limit=${PAGE}${more}`);
    const all = [...ids.map((id) => `/titles/${id}`), ...pages];
    // paths with the same response on both days prove nothing
    this.#paths = all.filter((path) => old.answerTo(path) !== next.answerTo(path));
  }

  end(): void {
    this.#over = true;
  }

  async read(random: SeededRandom): Promise<void> {
    while (!this.#over) {
      const path = random.pick(this.#paths);
      const wasNew = this.ofNewAlone > 0;
      await ask(path).then(
        (answer) => this.#checkAnswer(path, answer, wasNew),
        (error: unknown) => this.wrong.push(`${path} failed: ${String(error)}`),
      );
      this.answers++;
    }
  }

  #checkAnswer(path: string, answer: string, wasNew: boolean): void {
    if (answer === this.#next.answerTo(path)) this.ofNewAlone++;
    else if (answer !== this.#old.answerTo(path))
      this.wrong.push(`${path} is of neither day: ${answer}`);
    else if (wasNew)
      this.wrong.push(`${path} is of the old day, after one of the new day was seen`);
    else this.ofOldAlone++;
  }
}

it(
  'answers every request from one day, and from the new day once it was seen, during refreshes and full loads',
  { tags: ['long'] },
  async () => {
    const both = [await Day.read(days.day(0)), await Day.read(days.day(1))] as const;
    origin.serve(0);
    expect(await machine.ended(await machine.startRun(true))).toMatchObject({ state: 'succeeded' });
    for (const [next, force] of [
      [1, true],
      [0, 'full'],
      [1, 'full'],
      [0, true],
    ] as const) {
      origin.serve(next);
      const watch = new Watch(both[next === 0 ? 1 : 0], both[next]);
      const readers = Array.from({ length: READERS }, async (_, i) =>
        watch.read(new SeededRandom(i)),
      );
      const run = await machine.ended(await machine.startRun(force));
      // a little longer, so that the new day is seen for certain
      while (run.state === 'succeeded' && watch.ofNewAlone === 0) await sleep(5);
      watch.end();
      await Promise.all(readers);
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      expect(watch.wrong).toEqual([]);
      expect(watch.ofOldAlone).toBeGreaterThan(0);
    }
  },
);
