import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row } from '@marquee/datasets';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareKeys, usePublishedDay } from './day-rows.ts';

const day = usePublishedDay(3000);

/** The statements of docs/sql.md by the numbers of their questions. */
let questions: ReadonlyMap<number, string>;
let client: Client;
beforeAll(async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/sql.md'), 'utf8');
  questions = new Map(
    [...page.matchAll(/^### (\d+)\. .*\n\n```sql\n([^`]*)```/gmu)].map(
      ([, number, statement = '']) => [Number(number), statement],
    ),
  );
  client = new Client({
    connectionString: day.system.database.url,
    options: '-c search_path=imdb,public',
  });
  await client.connect();
});
afterAll(async () => {
  await client.end();
});

/** The rows of a statement, each as the texts of its values; null for null. */
async function ask(statement: string): Promise<(string | null)[][]> {
  const { rows } = await client.query<unknown[]>({ text: statement, rowMode: 'array' });
  return rows.map((row) => row.map(text));
}

/** A value as in {@link ask}. */
function text(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

type Title = ReturnType<typeof day.files.rated>;

function titles(): Title[] {
  return [...day.files.titles.keys()].map((tconst) => day.files.rated(tconst));
}

const films = (votes: number) =>
  titles().filter(({ titleType, numVotes }) => titleType === 'movie' && (numVotes ?? -1) >= votes);

/** The weighted rating in thousandths, as SQL rounds it: half away from zero. */
const thousandths = ({ averageRating, numVotes }: Title): number =>
  Math.floor(
    ((Number(numVotes) * Math.round(Number(averageRating) * 10) * 100 + 6_500_000) * 2 +
      (Number(numVotes) + 1000)) /
      (2 * (Number(numVotes) + 1000)),
  );
const weighted = (title: Title): string => (thousandths(title) / 1000).toFixed(3);

const credits = (): Row<'title.principals'>[] => [...day.files.credits.values()].flat();
const isActor = ({ category }: Row<'title.principals'>): boolean =>
  category === 'actor' || category === 'actress';
const count = <K>(keys: Iterable<K>): Map<K, number> => {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
};
/** Compares by several keys, the first that differs. */
const by =
  <T>(...keys: ((item: T) => string | number)[]) =>
  (a: T, b: T): number =>
    keys.reduce((order, key) => order || compareKeys(key(a), key(b)), 0);
const byBest = by<Title>(
  (title) => -thousandths(title),
  ({ tconst }) => tconst,
);

const ANSWERS: Readonly<Record<number, () => unknown[][]>> = {
  1: () => {
    const genres = [...new Set(films(1000).flatMap(({ genres: all }) => all ?? []))].sort();
    return genres.flatMap((genre) =>
      films(1000)
        .filter((title) => title.genres?.includes(genre))
        .sort(byBest)
        .slice(0, 3)
        .map((title, index) => [genre, index + 1, title.primaryTitle, weighted(title)]),
    );
  },
  2: () =>
    credits()
      .filter(({ nconst }) => day.files.nameOf(nconst)?.toLowerCase() === 'made-up person')
      .map((credit) => ({ ...credit, title: day.files.rated(credit.tconst) }))
      .sort(
        by(
          ({ title }) => -(title.startYear ?? -1),
          ({ tconst }) => tconst,
          ({ ordering }) => ordering,
        ),
      )
      .map(({ title, category, characters }) => [
        title.startYear,
        title.primaryTitle,
        category,
        characters,
      ]),
  3: () => {
    const pairs = films(1000).flatMap(({ tconst }) => {
      const actors = (day.files.credits.get(tconst) ?? []).filter(isActor);
      const ids = [...new Set(actors.map(({ nconst }) => String(nconst)))];
      return ids.flatMap((a) => ids.filter((b) => b > a).map((b) => `${a} ${b}`));
    });
    return [...count(pairs)]
      .sort(
        by(
          ([, times]) => -times,
          ([pair]) => pair,
        ),
      )
      .slice(0, 10)
      .map(([pair, times]) => [...pair.split(' '), times]);
  },
  4: () => {
    const own = new Set(
      credits()
        .filter((credit) => credit.nconst === 'nm0000001' && isActor(credit))
        .map(({ tconst }) => tconst),
    );
    const others = credits().filter(
      (credit) => own.has(credit.tconst) && isActor(credit) && credit.nconst !== 'nm0000001',
    );
    const shared = new Set(others.map(({ nconst, tconst }) => `${String(nconst)} ${tconst}`));
    return [...count([...shared].map((pair) => pair.split(' ')[0] ?? ''))]
      .sort(
        by(
          ([, times]) => -times,
          ([nconst]) => nconst,
        ),
      )
      .slice(0, 10)
      .map(([nconst, times]) => [nconst, day.files.nameOf(nconst), times]);
  },
  5: () =>
    (day.files.episodes.get('tt0000001') ?? [])
      .map((episode) => ({ ...episode, title: day.files.rated(episode.tconst) }))
      .filter(({ title }) => title.numVotes !== null)
      .sort(
        by(
          ({ title }) => -Number(title.averageRating),
          ({ title }) => -Number(title.numVotes),
          ({ tconst }) => tconst,
        ),
      )
      .slice(0, 10)
      .map(({ seasonNumber, episodeNumber, title }) => [
        seasonNumber,
        episodeNumber,
        title.primaryTitle,
        Number(title.averageRating).toFixed(1),
        title.numVotes,
      ]),
  6: () => {
    const counts = count(
      titles()
        .filter(({ titleType, startYear }) => titleType === 'movie' && startYear !== null)
        .flatMap(({ startYear, genres }) =>
          (genres ?? []).map((genre) => `${Math.trunc(Number(startYear) / 10) * 10} ${genre}`),
        ),
    );
    return [...counts]
      .map(([key, number]) => [...key.split(' '), number])
      .sort(
        by(
          ([decade]) => Number(decade),
          ([, , number]) => -Number(number),
          ([, genre]) => String(genre),
        ),
      );
  },
  7: () => {
    const directed = Map.groupBy(
      films(100).flatMap((title) =>
        (day.files.crew.get(title.tconst)?.directors ?? []).map((nconst) => ({ nconst, title })),
      ),
      ({ nconst }) => nconst,
    );
    return [...directed]
      .filter(([, films_]) => films_.length >= 2)
      .map(([nconst, made]) => ({
        nconst,
        films: made.length,
        mean: (
          Math.round(
            made.reduce((sum, { title }) => sum + thousandths(title), 0) / made.length / 10 + 1e-9,
          ) / 100
        ).toFixed(2),
      }))
      .sort(
        by(
          ({ mean }) => -Number(mean),
          (director) => -director.films,
          ({ nconst }) => nconst,
        ),
      )
      .slice(0, 10)
      .map((director) => [
        director.nconst,
        day.files.nameOf(director.nconst),
        director.films,
        director.mean,
      ]);
  },
  8: () =>
    titles()
      .filter(({ primaryTitle }) => primaryTitle?.toLowerCase().includes('winter'))
      .sort(
        by(
          ({ numVotes }) => -(numVotes ?? -1),
          ({ tconst }) => tconst,
        ),
      )
      .slice(0, 50)
      .map(({ tconst, primaryTitle, numVotes }) => [tconst, primaryTitle, numVotes]),
  9: () =>
    films(1000)
      .flatMap((film) =>
        (day.files.akas.get(film.tconst) ?? [])
          .filter(({ region, title }) => region === 'DE' && title !== film.primaryTitle)
          .map((aka) => ({ film, aka })),
      )
      .sort(
        by(
          ({ film }) => -Number(film.numVotes),
          ({ film }) => film.tconst,
          ({ aka }) => aka.ordering,
        ),
      )
      .slice(0, 10)
      .map(({ film, aka }) => [aka.title, film.primaryTitle, film.startYear, film.numVotes]),
  10: () => {
    const lists = count(
      credits()
        .filter(({ characters }) => characters !== null)
        .map(({ nconst, characters }) => JSON.stringify([nconst, characters])),
    );
    const often = [...lists].filter(([, times]) => times >= 10);
    const played = new Map<string, number>();
    for (const [key, times] of often) {
      const [nconst, characters] = JSON.parse(key) as [string, string[]];
      for (const character of characters) {
        const role = JSON.stringify([nconst, character]);
        played.set(role, (played.get(role) ?? 0) + times);
      }
    }
    return [...played]
      .map(([role, times]) => {
        const [nconst = '', character = ''] = JSON.parse(role) as string[];
        return { nconst, character, times };
      })
      .sort(
        by(
          ({ times }) => -times,
          ({ nconst }) => nconst,
          ({ character }) => character,
        ),
      )
      .slice(0, 10)
      .map(({ nconst, character, times }) => [day.files.nameOf(nconst), nconst, character, times]);
  },
  11: () =>
    titles()
      .filter(({ titleType }) => titleType === 'tvSeries' || titleType === 'tvMiniSeries')
      .map(({ tconst, primaryTitle }) => ({
        tconst,
        primaryTitle,
        ratings: (day.files.episodes.get(tconst) ?? [])
          .map((episode) => day.files.ratings.get(episode.tconst))
          .filter((rating) => rating !== undefined && Number(rating.numVotes) >= 20)
          .map((rating) => Math.round(Number(rating?.averageRating) * 10)),
      }))
      .filter(({ ratings }) => ratings.length >= 3)
      .map(({ tconst, primaryTitle, ratings }) => {
        const sum = ratings.reduce((total, rating) => total + rating, 0);
        // in hundredths, half away from zero
        const mean = Math.floor((sum * 20 + ratings.length) / (2 * ratings.length));
        return { tconst, primaryTitle, episodes: ratings.length, mean: (mean / 100).toFixed(2) };
      })
      .sort(
        by(
          ({ mean }) => -Number(mean),
          ({ tconst }) => tconst,
        ),
      )
      .slice(0, 10)
      .map(({ tconst, primaryTitle, episodes, mean }) => [tconst, primaryTitle, episodes, mean]),
  12: () =>
    films(1000)
      .filter(({ genres }) => genres?.includes('Drama'))
      .sort(byBest)
      .slice(0, 10)
      .map((title) => [title.primaryTitle, title.startYear, weighted(title)]),
};

describe('the questions of docs/sql.md', () => {
  it('are twelve', () => {
    expect([...questions.keys()].filter((number) => number <= 12)).toEqual(
      Object.keys(ANSWERS).map(Number),
    );
  });

  it.each(Object.entries(ANSWERS))(
    'number %s is answered as from the files',
    async (number, answer) => {
      const rows = await ask(questions.get(Number(number)) ?? '');
      expect(rows.length).toBeGreaterThan(0);
      expect(rows).toEqual(answer().map((row) => row.map(text)));
    },
  );
});

describe('the questions of movies', () => {
  beforeAll(async () => {
    await client.query(`
      insert into sources.source (id, definition, definition_hash, origin, priority) values ('critics', '{}', sha256('x'), 'api', 10);
      insert into sources.delivery (source, file, name, sha256, bytes, received_by) values ('critics', 'films', 'films.csv', sha256('y'), 1, 'ada');
      insert into movies.movie (id, version, title, year, runtime_minutes, critics, audience, votes, sources, search_text, document, provenance) values
        ('tt1', 1, 'Glass Ferry', 1999, 90, 8.5, 6.0, 500, '{imdb,critics}', '', '{}', '{}'),
        ('tt2', 1, 'Salt Ledger', 2001, 100, 5.0, 9.0, 200, '{imdb,critics}', '', '{}', '{}'),
        ('tt3', 1, 'Inland Kiln', 2003, 80, 1.0, 9.0, 20, '{imdb,critics}', '', '{}', '{}');
      insert into sources.record (source, id, delivery, line, hash, record, raw)
        select 'critics', n, d.id, n::int, sha256(n::bytea), jsonb_build_object('runtimeMinutes', minutes), '{}'
        from sources.delivery d, (values ('1', 95), ('2', 132)) as told (n, minutes);
      insert into sources.match (source, record_id, movie, state, method, rule_version) values
        ('critics', '1', 'tt1', 'matched', 'title', 1), ('critics', '2', 'tt2', 'matched', 'title', 1);
      insert into movies.company (id, name) values ('tmdb:1', 'Northlight'), ('tmdb:2', 'Atlas Reel');
      insert into movies.profit (dimension, member, year, movies, budget, revenue, shared_budget, shared_revenue) values
        ('company', 'tmdb:1', 1999, 1, 100, 50, 100, 50), ('company', 'tmdb:1', 2001, 2, 100, 900, 50, 450),
        ('company', 'tmdb:2', 2001, 1, 10, 500, 5, 250), ('genre', 'Drama', 2001, 9, 1, 9999, 1, 9999)`);
  });

  it('find the films that critics and audience see differently, with enough votes', async () => {
    expect(await ask(questions.get(13) ?? '')).toEqual([
      ['tt2', 'Salt Ledger', '2001', '5.0', '9.0', '-4.0'],
      ['tt1', 'Glass Ferry', '1999', '8.5', '6.0', '2.5'],
    ]);
  });

  it('sum the profits of each company over the years', async () => {
    expect(await ask(questions.get(14) ?? '')).toEqual([
      ['Northlight', '3', '750'],
      ['Atlas Reel', '1', '490'],
    ]);
  });

  it('find the sources that differ from the merged runtime', async () => {
    expect(await ask(questions.get(15) ?? '')).toEqual([['tt2', 'critics', '132', '100']]);
  });
});

describe('the views', () => {
  it('hold a row for each film, series, episode, credit and genre of the files', async () => {
    const all = titles();
    const series = all.filter(({ titleType }) =>
      ['tvSeries', 'tvMiniSeries'].includes(String(titleType)),
    );
    expect(
      await ask(`select (select count(*) from movie), (select count(*) from series), (select count(*) from episode_full),
        (select count(*) from person_credit), (select count(*) from title_genre), (select sum(episodes) from series)`),
    ).toEqual([
      [
        films(-1).length,
        series.length,
        day.files.episodePositions.size,
        credits().length,
        all.reduce((sum, { genres }) => sum + (genres?.length ?? 0), 0),
        series.reduce((sum, { tconst }) => sum + (day.files.episodes.get(tconst)?.length ?? 0), 0),
      ].map(String),
    ]);
  });

  it('have a comment on each of them and of their columns', async () => {
    expect(
      await ask(`select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'imdb'::regnamespace and c.relkind = 'v' and a.attnum > 0
          and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)`),
    ).toEqual([]);
  });

  it('use the indexes of the tables', async () => {
    await client.query('set enable_seqscan = off');
    const plans: string[] = [];
    for (const statement of [
      `select * from movie where tconst = 'tt0000001'`,
      `select * from episode_full where parent_tconst = 'tt0000001'`,
      `select * from person_credit where nconst = 'nm0000001'`,
      `select seasons from series where tconst = 'tt0000001'`,
    ])
      plans.push((await ask(`explain ${statement}`)).flat().join('\n'));
    await client.query('reset enable_seqscan');
    for (const plan of plans) expect(plan).not.toContain('Seq Scan');
  });
});
