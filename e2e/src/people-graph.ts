import type { Row } from '@marquee/datasets';

/** Which rows connect people. */
interface PeopleRows {
  readonly titles: ReadonlyMap<string, Row<'title.basics'>>;
  readonly credits: ReadonlyMap<string, Row<'title.principals'>[]>;
  readonly creditsByName: ReadonlyMap<string, Row<'title.principals'>[]>;
}

type IsCredit = (credit: Row<'title.principals'>) => boolean;

/** All credits but those of archive material. */
export const isLive: IsCredit = ({ category }) => category?.startsWith('archive_') !== true;

/** The people who have worked on titles of a person, by their ids. */
function neighboursOf(
  { titles, credits, creditsByName }: PeopleRows,
  nconst: string,
  types: readonly string[],
  isCredit: IsCredit,
): Set<string> {
  const ids = (creditsByName.get(nconst) ?? [])
    .filter(isCredit)
    .map(({ tconst }) => tconst)
    .filter((tconst) => types.includes(titles.get(tconst)?.titleType ?? ''));
  return new Set(
    ids.flatMap((id) =>
      (credits.get(id) ?? []).filter(isCredit).flatMap((credit) => credit.nconst ?? []),
    ),
  );
}

/** How far people are from a person, in titles, in the simplest way: breadth first. */
export function distancesFrom(
  rows: PeopleRows,
  nconst: string,
  { types = ['movie'], isCredit = isLive, most = 6 } = {},
): Map<string, number> {
  const distances = new Map([[nconst, 0]]);
  let frontier = [nconst];
  for (let distance = 1; distance <= most; distance++) {
    const next = new Set(frontier.flatMap((one) => [...neighboursOf(rows, one, types, isCredit)]));
    frontier = [...next].filter((one) => !distances.has(one));
    for (const one of frontier) distances.set(one, distance);
  }
  return distances;
}
