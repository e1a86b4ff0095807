import type { Row } from '@marquee/datasets';
import { beforeAll } from 'vitest';
import { readRows } from './compare-published.ts';
import { allItems } from './pages.ts';
import { episodeOf } from './reference-catalogue.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem, type System } from './system.ts';

/** Rows of the files of a day, by id; lists in the order of the API. */
export class DayRows {
  readonly titles: ReadonlyMap<string, Row<'title.basics'>>;
  readonly ratings: ReadonlyMap<string, Row<'title.ratings'>>;
  readonly crew: ReadonlyMap<string, Row<'title.crew'>>;
  readonly names: ReadonlyMap<string, Row<'name.basics'>>;
  readonly akas: ReadonlyMap<string, Row<'title.akas'>[]>;
  readonly credits: ReadonlyMap<string, Row<'title.principals'>[]>;
  readonly creditsByName: ReadonlyMap<string, Row<'title.principals'>[]>;
  readonly episodes: ReadonlyMap<string, Row<'title.episode'>[]>;
  /** Season and number of each episode. */
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

  /** Fields of a title and its rating; null if the files lack them. */
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

  /** A title in a list: the same, with the series if it is an episode. */
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

/** A system with one day published, shared by all tests of a file, and the rows of that day. */
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
    /** All items of a list, read page by page. */
    all: async (path, limit = 7) => allItems(system, path, limit),
  };
}

/** Keys of the longest lists, longest first. */
export function longestLists<T>(lists: ReadonlyMap<string, readonly T[]>, count: number): string[] {
  return [...lists]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, count)
    .map(([key]) => key);
}

/** Compares numbers, or texts by code units. */
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

/** Compares by season and number, unknown last. */
function bySeason(a: Row<'title.episode'>, b: Row<'title.episode'>): number {
  const known = (value: number | null): number => value ?? Number.MAX_SAFE_INTEGER;
  return (
    known(a.seasonNumber) - known(b.seasonNumber) ||
    known(a.episodeNumber) - known(b.episodeNumber) ||
    compareKeys(a.tconst, b.tconst)
  );
}
