import { definitionOf, type DatasetName, type Row } from '@marquee/datasets';

/** Rows of the files of a day, of IMDb or of a sample. */
interface MeasuredFiles {
  bytes(dataset: DatasetName): number;
  lines(dataset: DatasetName): readonly string[];
  rows<D extends DatasetName>(dataset: D): readonly Row<D>[];
  /** Files of three months later; null if there are none. */
  readonly later: MeasuredFiles | null;
}

/** Computes a number from the files. */
export type Measure = (files: MeasuredFiles) => number;

/** Share of the rows of a dataset that satisfy a predicate. */
export function share<D extends DatasetName>(dataset: D, holds: (row: Row<D>) => boolean): Measure {
  return (files) => shareOf(files.rows(dataset), holds);
}

/** Share of the works whose title matches a pattern. */
export function shareOfTitles(pattern: RegExp): Measure {
  return (files) => {
    const works = files.rows('title.basics').filter(({ titleType }) => titleType !== 'tvEpisode');
    return shareOf(works, ({ primaryTitle }) => pattern.test(primaryTitle ?? ''));
  };
}

/** Share of the people whose name matches a pattern. */
export function shareOfNames(pattern: RegExp): Measure {
  return share('name.basics', ({ primaryName }) => pattern.test(primaryName ?? ''));
}

/** 1 if any row satisfies a predicate, else 0. */
export function occurs<D extends DatasetName>(
  dataset: D,
  holds: (row: Row<D>) => boolean,
): Measure {
  return (files) => (files.rows(dataset).some(holds) ? 1 : 0);
}

/** Largest value. */
export function maximum<D extends DatasetName>(
  dataset: D,
  valueOf: (row: Row<D>) => number,
): Measure {
  return (files) => files.rows(dataset).reduce((max, row) => Math.max(max, valueOf(row)), 0);
}

/** Number of different values. */
export function distinct<D extends DatasetName>(
  dataset: D,
  valuesOf: (row: Row<D>) => readonly (string | null)[],
): Measure {
  return (files) => new Set(files.rows(dataset).flatMap(valuesOf)).size;
}

/** Rows per title of title.basics. */
export function rowsPerTitle(dataset: DatasetName): Measure {
  return (files) => files.rows(dataset).length / files.rows('title.basics').length;
}

/** Bytes per row, including the newline. */
export function bytesPerRow(dataset: DatasetName): Measure {
  return (files) => files.bytes(dataset) / files.rows(dataset).length;
}

/** Share of series whose seasons satisfy a predicate; null is an episode without season. */
export function shareOfSeries(holds: (seasons: readonly (number | null)[]) => boolean): Measure {
  return (files) => {
    const series = Map.groupBy(files.rows('title.episode'), (row) => row.parentTconst);
    return shareOf([...series.values()], (episodes) =>
      holds(episodes.map(({ seasonNumber }) => seasonNumber)),
    );
  };
}

/** Whether a season between the first and the last one is missing. */
export function haveGap(seasons: readonly (number | null)[]): boolean {
  const numbers = new Set(seasons.filter((season) => season !== null));
  return numbers.size > 0 && Math.max(...numbers) - Math.min(...numbers) >= numbers.size;
}

/** Share of rows that repeat person and category within a title. */
export function shareOfRepeats(files: MeasuredFiles): number {
  const rows = files.rows('title.principals');
  const credits = rows.map((row) => `${row.tconst} ${row.nconst ?? ''} ${row.category ?? ''}`);
  return 1 - new Set(credits).size / rows.length;
}

/** Share of rows that refer to a missing title or person. */
export function shareOfOrphans(files: MeasuredFiles): number {
  const titles = new Set(files.rows('title.basics').map(({ tconst }) => tconst));
  const people = new Set(files.rows('name.basics').map(({ nconst }) => nconst));
  return shareOf(
    files.rows('title.principals'),
    ({ tconst, nconst }) => !titles.has(tconst) || !people.has(nconst ?? ''),
  );
}

/** Share of rows without a region that are not original titles: their region is unknown. */
export function shareOfUnknownRegions(files: MeasuredFiles): number {
  const withoutRegion = files.rows('title.akas').filter(({ region }) => region === null);
  return shareOf(withoutRegion, ({ isOriginalTitle }) => isOriginalTitle !== true);
}

/** Share of lines whose id is less than the previous one as text. */
export function shareOfIdBreaks(dataset: DatasetName): Measure {
  return (files) => {
    const ids = files.lines(dataset).map((line) => line.slice(0, line.indexOf('\t')));
    return shareOf(ids, (id, i) => id < (ids[i - 1] ?? ''));
  };
}

/** Share of lines that are less than the previous one without tabs. */
export function shareOfCollationBreaks(dataset: DatasetName): Measure {
  return (files) => {
    const lines = files.lines(dataset).map((line) => line.replaceAll('\t', ''));
    return shareOf(lines, (line, i) => line < (lines[i - 1] ?? ''));
  };
}

/** Share of titles with ten or more rows whose orderings are not in numeric order. */
export function shareOfUnnumericOrder(dataset: 'title.akas' | 'title.principals'): Measure {
  const [idColumn] = definitionOf(dataset).key;
  return (files) => {
    const rows = files.rows(dataset) as readonly (Record<string, unknown> & { ordering: number })[];
    const titles = [...Map.groupBy(rows, (row) => row[idColumn]).values()];
    return shareOf(
      titles.filter((group) => group.length >= 10),
      (group) => group.some(({ ordering }, i) => ordering < (group[i - 1]?.ordering ?? 0)),
    );
  };
}

/** Share of ratings whose gain of votes in three months satisfies a predicate. */
export function shareOfVotes(holds: (gain: number) => boolean): Measure {
  return (files) => {
    const gains = gainsOf(files);
    return gains.filter(holds).length / files.rows('title.ratings').length;
  };
}

/** Share of ratings that change on a day, if the votes of three months are spread evenly. */
export function shareOfDailyVotes(files: MeasuredFiles): number {
  const chances = gainsOf(files).map((gain) => 1 - (1 - 1 / 90) ** Math.abs(gain));
  return chances.reduce((sum, chance) => sum + chance, 0) / files.rows('title.ratings').length;
}

/** Gain of votes in three months of each title that still exists. */
function gainsOf(files: MeasuredFiles): number[] {
  const later = new Map(
    files.later?.rows('title.ratings').map(({ tconst, numVotes }) => [tconst, numVotes ?? 0]),
  );
  return files.rows('title.ratings').flatMap(({ tconst, numVotes }) => {
    const votes = later.get(tconst);
    return votes === undefined ? [] : [votes - (numVotes ?? 0)];
  });
}

function shareOf<T>(list: readonly T[], holds: (item: T, index: number) => boolean): number {
  return list.filter(holds).length / list.length;
}
