import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { dumpSchema } from './schema-dump.ts';
import { useSharedSystem } from './system.ts';

// `npm run docs` regenerates these files

// with keys, so that the document says which operations need one
const system = useSharedSystem(() => ({
  workers: false,
  api: {
    API_PUBLISHED_ON: '0.0.0.0',
    API_ADMIN_KEY: `mq_${randomBytes(32).toString('base64url')}`,
  },
}));

it('docs/openapi.json is the document that the API serves', async () => {
  const { body } = await system.ask('GET', '/openapi.json');
  await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot('../../docs/openapi.json');
});

it('docs/schema.sql is the schema of the database', async () => {
  const about =
    '-- The tables of schemas ingest, imdb, access, sources and movies, made by npm run docs. imdb_next has the same tables as imdb while a load builds them.\n\n';
  await expect(about + (await dumpSchema(system.database.pool))).toMatchFileSnapshot(
    '../../docs/schema.sql',
  );
});
