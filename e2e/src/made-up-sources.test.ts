import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { MovieAnswer, SourceList } from '@marquee/contract';
import { generateSources } from '@marquee/sample';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SAMPLE_SEED, useDays } from './sample-days.ts';
import { startSystem, useSharedSystem, type System } from './system.ts';

const days = useDays({ titles: 3000, days: 1 });
const system = useSharedSystem(() => ({
  published: days,
  sources: true,
  roles: true,
  workers: false,
}));

beforeAll(async () => {
  await generateSources({ sample: days.day(0), seed: SAMPLE_SEED, folder: system.sourcesFolder });
  await system.startWorkers();
  await system.merged(4);
});

const ROOT = join(import.meta.dirname, '../..');

/** All that follows from deliveries and decisions, without times and the ids of deliveries. */
async function whatFollows(of: System): Promise<unknown[]> {
  return Promise.all(
    [
      `select source, id, encode(hash, 'hex') as hash from sources.record order by source, id`,
      `select source, record_id, movie, state, method, score, reason from sources.match order by source, record_id`,
      `select id, document - 'version' - 'updatedAt' as document from movies.movie order by id`,
      `select * from movies.profit order by dimension, member, year`,
      `select entity, kind, encode(sha256, 'hex') as sha256 from movies.picture order by 1, 2, 3`,
    ].map(async (statement) => of.query(statement)),
  );
}

describe('the made-up sources of the demo', () => {
  it('are read, but for broken lines, and matched, but for films that IMDb does not know', async () => {
    const { items } = SourceList.parse(await system.get('/sources'));
    const of = (id: string) => items.find((source) => source.id === id);
    for (const id of ['my-ratings', 'nfo', 'made-up-critics', 'made-up-box-office']) {
      expect(of(id)?.lastDelivery).toMatchObject({ state: 'taken', error: null });
      expect(of(id)?.matches.matched.percent).toBeGreaterThan(id === 'nfo' ? 80 : 85);
    }
    expect(of('my-ratings')?.matches.unmatched.records).toBe(0);
    expect(of('nfo')?.matches.unmatched.records).toBe(1);
    const wrong = await system.query(
      `select r.record #>> '{ids,imdb}' as told, m.movie from sources.match m join sources.record r on r.source = m.source and r.id = m.record_id
       where r.record #>> '{ids,imdb}' <> m.movie`,
    );
    expect(wrong).toEqual([]);
  });

  it('stay as they are by a trial of the definitions in use, also those with pictures', async () => {
    const sources = await system.query(
      `select id, definition, (select count(*)::int from sources.record where source = s.id) as records,
         (select sum(rejects)::int from sources.delivery where source = s.id) as rejects
       from sources.source s where exists (select from sources.delivery where source = s.id)`,
    );
    expect(sources).toHaveLength(4);
    for (const { id, definition, records, rejects } of sources) {
      // a trial is for definitions that the API has: the extractor follows the files of others
      await system.query(`update sources.source set origin = 'api' where id = $1`, [id]);
      const response = await fetch(`${system.apiUrl}/sources/${String(id)}?dryRun=true`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(definition),
      });
      expect(await response.json()).toMatchObject({
        id,
        effect: { records, rejects, added: 0, changed: 0, removed: 0, movies: 0 },
      });
    }
  });

  it('give movies what IMDb does not have, and say where it is from', async () => {
    const [first] = await system.query(
      `select id from movies.movie where sources @> '{imdb,my-ratings,nfo,made-up-critics,made-up-box-office}' and document #>> '{cRatings,performance}' is not null order by votes desc, id limit 1`,
    );
    const movie = MovieAnswer.parse(
      await system.get(`/movies/${String(first?.['id'])}?include=provenance`),
    );
    expect(movie.companies?.length).toBeGreaterThan(0);
    expect(movie.cRatings?.performance?.voices).toBeGreaterThan(0);
    expect(movie.watched).not.toBeNull();
    expect(movie.provenance?.companies?.from).toMatchObject([{ source: 'made-up-box-office' }]);
    expect(movie.provenance?.cRatings?.from).toMatchObject([{ source: 'my-ratings' }]);
  });

  it(
    'give the same movies in an empty stack to which a backup is restored',
    { tags: ['long'] },
    async () => {
      const [doubtful] = await system.query(
        `select source, record_id from sources.match where state = 'unmatched' order by 1, 2 limit 1`,
      );
      await system.query(
        `insert into movies.lock (movie, field, value, locked_by) select min(id), 'tagline', '"Ours."', 'ada' from movies.movie where id like 'tt%'`,
      );
      await system.query(
        `insert into sources.decision (source, record_id, kind, movie, decided_by) select $1::text, $2::text, 'same', max(id), 'ada' from movies.movie where id like 'tt%'`,
        [doubtful?.['source'], doubtful?.['record_id']],
      );
      await system.query(
        `insert into movies.pending (movie, cause) select movie, '{}' from movies.lock`,
      );
      await system.query(
        `insert into sources.pending (source, record_id) select source, record_id from sources.decision`,
      );
      await system.merged();
      const backup = spawnSync(process.execPath, ['apps/api/dist/back-up.js'], {
        cwd: ROOT,
        maxBuffer: 1e9,
        env: { DATABASE_URL: system.database.url, SNAPSHOT_DIR: system.snapshots },
      });
      expect(backup.status, backup.stderr.toString()).toBe(0);

      const other = await startSystem({ published: days, sources: true, workers: false });
      onTestFinished(async () => other.stop());
      const restored = spawnSync(process.execPath, ['apps/api/dist/restore.js'], {
        cwd: ROOT,
        input: backup.stdout,
        env: { DATABASE_ADMIN_URL: other.database.url, SNAPSHOT_DIR: other.snapshots },
      });
      expect(restored.status, restored.stderr.toString()).toBe(0);
      await other.startWorkers();
      await other.merged(4);
      expect(await whatFollows(other)).toEqual(await whatFollows(system));
      const locked = await other.query(
        `select m.document ->> 'tagline' as tagline from movies.movie m join movies.lock l on l.movie = m.id`,
      );
      expect(locked).toEqual([{ tagline: 'Ours.' }]);
    },
  );
});
