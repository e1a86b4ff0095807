import type { Row } from '@marquee/datasets';
import { beforeAll } from 'vitest';
import { readRows } from './compare-published.ts';
import { allItems } from './pages.ts';
import { episodeOf } from './reference-catalogue.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem, type System } from './system.ts';

/** What the files of a day say, by id; lists in the order in which the API has them. */
export class DayRows {
  readonly titles: ReadonlyMap<string, Row<'title.basics'>>;
  readonly ratings: ReadonlyMap<string, Row<'title.ratings'>>;
  readonly crew: ReadonlyMap<string, Row<'title.crew'>>;
  readonly names: ReadonlyMap<string, Row<'name.basics'>>;
  readonly akas: ReadonlyMap<string, Row<'title.akas'>[]>;
  readonly credits: ReadonlyMap<string, Row<'title.principals'>[]>;
  readonly creditsByName: ReadonlyMap<string, Row<'title.principals'>[]>;
  readonly episodes: ReadonlyMap<string, Row<'title.episode'>[]>;
  /** Of each episode, where it stands. */
  readonly episodePositions: ReadonlyMap<string, Row<'title.episode'>>;

  private constructor(rows: Awaited<ReturnType<typeof readAll>>) {
    const { titles, ratings, crew, names, akas, credits, episodes } = rows;
    this.titles = new Map(titles.map((row) => [row.tconst, row]));
    this.ratings = new Map(ratings.map((row) => [row.tconst, row]));
    this.crew = new Map(crew.map((row) => [row.tconst, row]));
    this.names = new Map(names.map((row) => [row.nconst, row]));
    this.akas = Map.groupBy(akas.sort(byOrdering), ({ titleId }) => titleId);
    this.credits = Map.groupBy(credits.sort(byOrdering), ({ tconst }) => tconst);
    this.creditsByName = Map.groupBy(credits, ({ nconst }) => String(nconst));
    this.episodePositions = new Map(episodes.map((row) => [row.tconst, row]));
    this.episodes = Map.groupBy(episodes.sort(bySeason), ({ parentTconst }) =>
      String(parentTconst),
    );
  }

  static async read(folder: string): Promise<DayRows> {
    return new DayRows(await readAll(folder));
  }

  /** The fields of a title and its rating, as far as the files have them. */
  rated(tconst: string) {
    const { tconst: _, ...title } = this.titles.get(tconst) ?? {
      tconst,
      titleType: null,
      primaryTitle: null,
      originalTitle: null,
      isAdult: null,
      startYear: null,
      endYear: null,
      runtimeMinutes: null,
      genres: null,
    };
    const rating = this.ratings.get(tconst);
    return {
      tconst,
      ...title,
      averageRating: rating?.averageRating ?? null,
      numVotes: rating?.numVotes ?? null,
    };
  }

  /** The same with the series, where it is an episode: a title as lists have it. */
  listed(tconst: string) {
    const title = this.rated(tconst);
    return {
      ...title,
      episodeOf: episodeOf(
        title.titleType ?? null,
        this.episodePositions.get(tconst),
        (id) => this.titles.get(id)?.primaryTitle,
      ),
    };
  }

  nameOf(nconst: string | null): string | null {
    return this.names.get(String(nconst))?.primaryName ?? null;
  }
}

/** A system for all tests of a file, with one day published, and what the files of that day say. */
export function usePublishedDay(titles: number): {
  readonly system: System;
  readonly files: DayRows;
  readonly all: (path: string, limit?: number) => Promise<unknown[]>;
} {
  const days = useDays({ titles, days: 1 });
  const system = useSharedSystem(() => ({ published: days }));
  let files: DayRows;
  beforeAll(async () => {
    files = await DayRows.read(days.day(0));
  });
  return {
    system,
    get files() {
      return files;
    },
    /** All items of a list, page by page. */
    all: async (path, limit = 7) => allItems(system, path, limit),
  };
}

/** The keys with the longest lists, the most at first. */
export function longestLists<T>(lists: ReadonlyMap<string, readonly T[]>, count: number): string[] {
  return [...lists]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, count)
    .map(([key]) => key);
}

/** Order of numbers, or of texts by their code units. */
export function compareKeys(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readAll(folder: string) {
  const [titles, ratings, crew, names, akas, credits, episodes] = await Promise.all([
    readRows('title.basics', folder),
    readRows('title.ratings', folder),
    readRows('title.crew', folder),
    readRows('name.basics', folder),
    readRows('title.akas', folder),
    readRows('title.principals', folder),
    readRows('title.episode', folder),
  ]);
  return { titles, ratings, crew, names, akas, credits, episodes };
}

const byOrdering = (a: { ordering: number }, b: { ordering: number }): number =>
  a.ordering - b.ordering;

/** By season and number, what is not known last. */
function bySeason(a: Row<'title.episode'>, b: Row<'title.episode'>): number {
  const known = (value: number | null): number => value ?? Number.MAX_SAFE_INTEGER;
  return (
    known(a.seasonNumber) - known(b.seasonNumber) ||
    known(a.episodeNumber) - known(b.episodeNumber) ||
    compareKeys(a.tconst, b.tconst)
  );
}
