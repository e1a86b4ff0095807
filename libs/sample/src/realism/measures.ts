import { definitionOf, type DatasetName, type Row } from '@marquee/datasets';

/** The rows of a day's files, of IMDb or of a sample. */
export interface MeasuredFiles {
  bytes(dataset: DatasetName): number;
  lines(dataset: DatasetName): readonly string[];
  rows<D extends DatasetName>(dataset: D): readonly Row<D>[];
  /** The files of three months later, where there are any. */
  readonly later: MeasuredFiles | null;
}

/** Works a figure out. */
export type Measure = (files: MeasuredFiles) => number;

/** The share of the rows of a dataset for which something holds. */
export function share<D extends DatasetName>(dataset: D, holds: (row: Row<D>) => boolean): Measure {
  return (files) => shareOf(files.rows(dataset), holds);
}

/** Of titles that are no episodes, the share whose title fits. */
export function shareOfTitles(pattern: RegExp): Measure {
  return (files) => {
    const works = files.rows('title.basics').filter(({ titleType }) => titleType !== 'tvEpisode');
    return shareOf(works, ({ primaryTitle }) => pattern.test(primaryTitle ?? ''));
  };
}

/** The share of people whose name fits. */
export function shareOfNames(pattern: RegExp): Measure {
  return share('name.basics', ({ primaryName }) => pattern.test(primaryName ?? ''));
}

/** 1 where something holds for a row, else 0. */
export function occurs<D extends DatasetName>(
  dataset: D,
  holds: (row: Row<D>) => boolean,
): Measure {
  return (files) => (files.rows(dataset).some(holds) ? 1 : 0);
}

/** The largest value. */
export function maximum<D extends DatasetName>(
  dataset: D,
  valueOf: (row: Row<D>) => number,
): Measure {
  return (files) => files.rows(dataset).reduce((max, row) => Math.max(max, valueOf(row)), 0);
}

/** How many values there are. */
export function distinct<D extends DatasetName>(
  dataset: D,
  valuesOf: (row: Row<D>) => readonly (string | null)[],
): Measure {
  return (files) => new Set(files.rows(dataset).flatMap(valuesOf)).size;
}

/** Rows for each title of title.basics. */
export function rowsPerTitle(dataset: DatasetName): Measure {
  return (files) => files.rows(dataset).length / files.rows('title.basics').length;
}

/** Bytes of a row, with its newline. */
export function bytesPerRow(dataset: DatasetName): Measure {
  return (files) => files.bytes(dataset) / files.rows(dataset).length;
}

/** The share of series for whose seasons something holds; null is an episode without one. */
export function shareOfSeries(holds: (seasons: readonly (number | null)[]) => boolean): Measure {
  return (files) => {
    const series = Map.groupBy(files.rows('title.episode'), (row) => row.parentTconst);
    return shareOf([...series.values()], (episodes) =>
      holds(episodes.map(({ seasonNumber }) => seasonNumber)),
    );
  };
}

/** Whether the seasons between the first and the last numbered one are not all there. */
export function haveGap(seasons: readonly (number | null)[]): boolean {
  const numbers = new Set(seasons.filter((season) => season !== null));
  return numbers.size > 0 && Math.max(...numbers) - Math.min(...numbers) >= numbers.size;
}

/** The share of rows that say again of a person and a category what stands in the title already. */
export function shareOfRepeats(files: MeasuredFiles): number {
  const rows = files.rows('title.principals');
  const credits = rows.map((row) => `${row.tconst} ${row.nconst ?? ''} ${row.category ?? ''}`);
  return 1 - new Set(credits).size / rows.length;
}

/** The share of rows that name a title or a person that is in no file. */
export function shareOfOrphans(files: MeasuredFiles): number {
  const titles = new Set(files.rows('title.basics').map(({ tconst }) => tconst));
  const people = new Set(files.rows('name.basics').map(({ nconst }) => nconst));
  return shareOf(
    files.rows('title.principals'),
    ({ tconst, nconst }) => !titles.has(tconst) || !people.has(nconst ?? ''),
  );
}

/** Of names without a region, the share that is no original title: where it is from is unknown. */
export function shareOfUnknownRegions(files: MeasuredFiles): number {
  const withoutRegion = files.rows('title.akas').filter(({ region }) => region === null);
  return shareOf(withoutRegion, ({ isOriginalTitle }) => isOriginalTitle !== true);
}

/** The share of lines that come before an id that is less than theirs as text. */
export function shareOfIdBreaks(dataset: DatasetName): Measure {
  return (files) => {
    const ids = files.lines(dataset).map((line) => line.slice(0, line.indexOf('\t')));
    return shareOf(ids, (id, i) => id < (ids[i - 1] ?? ''));
  };
}

/** The share of lines that would come earlier if all were sorted without their tabs. */
export function shareOfCollationBreaks(dataset: DatasetName): Measure {
  return (files) => {
    const lines = files.lines(dataset).map((line) => line.replaceAll('\t', ''));
    return shareOf(lines, (line, i) => line < (lines[i - 1] ?? ''));
  };
}

/** Of titles with ten rows or more, the share whose orderings do not go up as numbers. */
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

/** The share of ratings for which something holds of their votes in three months. */
export function shareOfVotes(holds: (gain: number) => boolean): Measure {
  return (files) => {
    const gains = gainsOf(files);
    return gains.filter(holds).length / files.rows('title.ratings').length;
  };
}

/** The share of ratings that votes change on a day, if the votes of three months come evenly. */
export function shareOfDailyVotes(files: MeasuredFiles): number {
  const chances = gainsOf(files).map((gain) => 1 - (1 - 1 / 90) ** Math.abs(gain));
  return chances.reduce((sum, chance) => sum + chance, 0) / files.rows('title.ratings').length;
}

/** How many votes each title has more in three months, where it is there still. */
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
