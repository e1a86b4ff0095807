import { freePort } from '@marquee/process';
import { expect, it } from 'vitest';
import { contextOf } from '../testing/context.ts';
import { checkDatabase } from './database.ts';

it('is not checked if its URL is unknown', async () => {
  expect(await checkDatabase(contextOf('http://127.0.0.1:3000'))).toEqual([]);
});

it('fails if nothing answers, with the reason and without the password', async () => {
  const env = { DATABASE_URL: `postgres://ada:secret@127.0.0.1:${await freePort()}/imdb` };
  const [one, ...others] = await checkDatabase(contextOf('http://127.0.0.1:3000', { env }));
  expect(others).toEqual([]);
  expect(one).toMatchObject({ check: 'database', status: 'fail' });
  expect(one?.found).toContain('ECONNREFUSED');
  expect(one?.todo).toContain('make ps');
  expect(JSON.stringify(one)).not.toContain('secret');
});
