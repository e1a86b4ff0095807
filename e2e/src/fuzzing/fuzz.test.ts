import { randomBytes } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { ApiDocument } from '../api-document.ts';
import { useDays } from '../sample-days.ts';
import { useSharedSystem } from '../system.ts';
import { fuzz } from './fuzz-run.ts';
import { RequestSource } from './requests.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;

const days = useDays({ titles: 1000, days: 1 });
const system = useSharedSystem(() => ({ published: days, api: { API_ADMIN_KEY: ADMIN } }));
beforeAll(async () => {
  await system.stopWorkers();
});

it('answers 3,000 random requests without a server error', { tags: ['long'] }, async () => {
  const { operations } = await ApiDocument.of(system.apiUrl);
  const { rows } = await system.database.pool.query<{ id: string }>(
    '(select tconst as id from imdb.title_basics limit 50) union all (select nconst from imdb.name_basics limit 50)',
  );
  const source = new RequestSource(operations, {
    known: rows.map(({ id }) => id),
    keys: [ADMIN],
    seed: 1,
  });
  const { answers, faults } = await fuzz(Number(new URL(system.apiUrl).port), source, {
    from: 0,
    to: 3000,
    connections: 8,
  });
  expect(faults).toEqual([]);
  // if nearly all were refused, the test would prove little
  expect(answers['200']).toBeGreaterThan(200);
  expect((await system.ask('GET', '/health/ready')).status).toBe(200);
});
