import type { FoundTitle } from '@marquee/contract';
import type { Row } from '@marquee/datasets';
import { readRows } from './compare-published.ts';

/** A title with all fields that titles are filtered and sorted by. */
export interface ReferenceTitle extends Omit<Row<'title.basics'>, 'genres'> {
  readonly genres: readonly string[];
  readonly averageRating: number | null;
  readonly numVotes: number | null;
  /** Weighted rating times 1000. */
  readonly weighted: number | null;
  readonly regions: readonly string[];
  readonly languages: readonly string[];
  readonly hasEpisodes: boolean;
  readonly episodeOf: FoundTitle['episodeOf'];
  readonly people: readonly { readonly nconst: string; readonly category: string }[];
  readonly sortTitle: string | null;
}

/** Reference for the API: the files of a day, joined in the simplest way. */
export interface ReferenceCatalogue {
  readonly titles: ReferenceTitle[];
  readonly names: Row<'name.basics'>[];
  /** Number of credits of each person. */
  readonly people: ReadonlyMap<string, number>;
}

export async function readReferenceCatalogue(folder: string): Promise<ReferenceCatalogue> {
  const ratings = new Map(
    (await readRows('title.ratings', folder)).map((rating) => [rating.tconst, rating]),
  );
  const akas = Map.groupBy(await readRows('title.akas', folder), ({ titleId }) => titleId);
  const principals = await readRows('title.principals', folder);
  const people = Map.groupBy(principals, ({ tconst }) => tconst);
  const episodes = new Map(
    (await readRows('title.episode', folder)).map((episode) => [episode.tconst, episode]),
  );
  const series = new Set([...episodes.values()].map(({ parentTconst }) => parentTconst));
  const basics = await readRows('title.basics', folder);
  const calledBy = new Map(basics.map(({ tconst, primaryTitle }) => [tconst, primaryTitle]));
  const titles = basics.map((title): ReferenceTitle => {
    const { averageRating = null, numVotes = null } = ratings.get(title.tconst) ?? {};
    const names = (akas.get(title.tconst) ?? []).filter(
      ({ isOriginalTitle }) => isOriginalTitle !== true,
    );
    return {
      ...title,
      genres: title.genres ?? [],
      averageRating,
      numVotes,
      // integers, so that halves are rounded exactly
      weighted:
        averageRating === null || numVotes === null
          ? null
          : Math.floor(
              (2 * (numVotes * Math.round(averageRating * 10) * 100 + 6_500_000) +
                numVotes +
                1000) /
                (2 * (numVotes + 1000)),
            ),
      regions: [...new Set(names.flatMap(({ region }) => region ?? []))],
      languages: [...new Set(names.flatMap(({ language }) => language ?? []))],
      hasEpisodes: series.has(title.tconst),
      episodeOf: episodeOf(title.titleType, episodes.get(title.tconst), (tconst) =>
        calledBy.get(tconst),
      ),
      people: (people.get(title.tconst) ?? []).map(({ nconst, category }) => ({
        nconst: nconst ?? '',
        category: category ?? '',
      })),
      sortTitle: title.primaryTitle === null ? null : sortKey(title.primaryTitle),
    };
  });
  const credits = new Map<string, number>();
  for (const { nconst } of principals)
    if (nconst !== null) credits.set(nconst, (credits.get(nconst) ?? 0) + 1);
  return { titles, names: await readRows('name.basics', folder), people: credits };
}

/**
 * The series of an episode and its position in it; null for other titles.
 *
 * @param calledBy returns the primary title of an id
 */
export function episodeOf(
  titleType: string | null,
  episode: Row<'title.episode'> | undefined,
  calledBy: (tconst: string) => string | null | undefined,
): FoundTitle['episodeOf'] {
  if (titleType !== 'tvEpisode' || episode === undefined) return null;
  const { parentTconst, seasonNumber, episodeNumber } = episode;
  return {
    tconst: String(parentTconst),
    primaryTitle: calledBy(String(parentTconst)) ?? null,
    seasonNumber,
    episodeNumber,
  };
}

function sortKey(title: string): string {
  const plain = /^[\0-\u007f]*$/u.test(title)
    ? title
    : title.normalize('NFKD').replace(/[\u0300-\u036f]/gu, '');
  // in code points, like PostgreSQL
  return Array.from(plain.replace(/^[ "'([{#.\-…“„«¿¡]+/u, '').toLowerCase())
    .slice(0, 200)
    .join('');
}
