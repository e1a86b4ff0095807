import { expect, it } from 'vitest';
import { dumpSchema } from './schema-dump.ts';
import { useSharedSystem } from './system.ts';

// `npm run docs` regenerates these files

const system = useSharedSystem(() => ({ workers: false }));

it('docs/openapi.json is the document that the API serves', async () => {
  const { body } = await system.ask('GET', '/openapi.json');
  await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot('../../docs/openapi.json');
});

it('docs/schema.sql is the schema of the database', async () => {
  const about =
    '-- The tables of schemas ingest, imdb and access, made by npm run docs. imdb_next has the same tables as imdb while a load builds them.\n\n';
  await expect(about + (await dumpSchema(system.database.pool))).toMatchFileSnapshot(
    '../../docs/schema.sql',
  );
});
