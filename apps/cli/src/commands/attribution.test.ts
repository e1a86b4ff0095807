import { type AnswersByPath, problem } from '@marquee/api-client/testing';
import { expect, it } from 'vitest';
import { freshApi, PERSON, publishedAt } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const PAGE: AnswersByPath = {
  ...freshApi(),
  '/names/nm0000001': PERSON,
  '/names/nm0000001/filmography': { items: [], next: null },
};
const MADE_UP = publishedAt(new Date().toISOString(), {
  isMadeUp: true,
  realSources: [],
  attribution: 'All of it is made up.',
});

it('ends with the URL at IMDb for IMDb’s data', async () => {
  const { stdout, stderr } = await marquee(PAGE, ['name', 'nm0000001']);
  expect(stdout).toMatch(/\n\nhttps:\/\/www\.imdb\.com\/name\/nm0000001\/\n$/u);
  expect(stderr).toBe('');
});

it('ends with a note for made-up data, without a URL', async () => {
  const { stdout, stderr } = await marquee({ ...PAGE, '/published': MADE_UP }, [
    'name',
    'nm0000001',
  ]);
  expect(stdout).not.toContain('imdb.com');
  expect(stderr).toBe('All of it is made up.\n');
});

it('does not fail if the API does not tell the origin of the data', async () => {
  expect(
    await marquee({ ...PAGE, '/published': () => problem({ status: 403 }) }, ['name', 'nm0000001']),
  ).toMatchObject({ code: 0, stderr: '' });
});

it('adds nothing with --json', async () => {
  const { stdout, stderr } = await marquee({ ...PAGE, '/published': MADE_UP }, [
    'name',
    'nm0000001',
    '--json',
  ]);
  expect(JSON.parse(stdout)).toEqual({ ...PERSON, filmography: { items: [], next: null } });
  expect(stderr).toBe('');
});
