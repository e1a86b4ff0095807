import { randomBytes } from 'node:crypto';
import { Title } from '@marquee/contract';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordShifts, shiftOf, violationsOf } from './page-quality.ts';
import { useDays } from './sample-days.ts';
import { useSite } from './site.ts';
import type { System } from './system.ts';
import { merge, tellOf } from './told-movies.ts';

const days = useDays({ titles: 3000, days: 1 });
const LONG = { tags: ['long'] };

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const MOVIE = 'mq000000000000013';
const LONG_MOVIE = 'mq000000000000015';
const usd = (amount: number) => ({ amount, currency: 'USD' });

/** A definition of a CSV, as a user would write it. */
const DEFINITION = {
  schema: 1,
  id: 'box-office',
  name: 'A Box Office',
  licence: { name: 'Made up', republish: true, attribution: 'Figures made up for tests' },
  priority: 20,
  files: [
    {
      name: 'films',
      pattern: '*.csv',
      format: 'csv',
      quote: '"',
      encoding: 'utf-8',
      columns: [],
      fields: { title: 'title' },
    },
  ],
  scales: {},
};

/** A source with records that are matched, doubtful and in conflict. */
async function storeSource(system: System, film: string, other: string): Promise<void> {
  await system.query(
    `insert into sources.source (id, definition, definition_hash, origin, priority)
     values ('box-office', $1, sha256('a'), 'shipped', 20), ('critics', $2, sha256('b'), 'shipped', 30)`,
    [
      JSON.stringify(DEFINITION),
      JSON.stringify({ ...DEFINITION, id: 'critics', name: 'Some Critics', priority: 30 }),
    ],
  );
  await system.query(
    `insert into sources.delivery (source, file, name, sha256, bytes, received_at, received_by, state, "rows", records, added, changed, removed, rejects, error)
     values ('box-office', 'films', 'may.csv', sha256('x'), 1234, '2026-08-15T06:15:00Z', 'the studio', 'taken', 5, 4, 4, 0, 0, 1, null),
       ('box-office', 'films', 'june.csv', sha256('y'), 5, '2026-08-16T06:15:00Z', 'the studio', 'failed', null, null, null, null, null, null,
         '{"code":"wrong-header","message":"june.csv lacks the column title.","hint":"Deliver the file with its header."}')`,
  );
  await system.query(
    `insert into sources.reject (delivery, line, raw, reason)
     select id, 6, '6,The Comet,abc', 'year: expected a year, got “abc”' from sources.delivery where name = 'may.csv'`,
  );
  const candidates = JSON.stringify(
    [film, other].map((id, at) => ({
      movie: id,
      imdb: id,
      title: 'x',
      year: 1999,
      score: 0.8 - at / 10,
      parts: { name: { kind: 'near', similarity: 0.9, bits: 4 }, year: { value: 0, bits: 3 } },
    })),
  );
  const records = [
    ['1', 'First Doubt', 'doubtful', 'ambiguous', candidates],
    ['2', 'Second Doubt', 'doubtful', 'ambiguous', candidates],
    ['3', 'A Contradiction', 'conflict', 'ids-disagree', candidates],
    ['4', 'A Match', 'matched', null, '[]'],
  ];
  for (const [id, title, state, reason, others] of records) {
    await system.query(
      `insert into sources.record (source, id, delivery, line, hash, record, raw)
       select 'box-office', $1, id, $2, sha256('r'), $3, $3 from sources.delivery where name = 'may.csv'`,
      [id, Number(id) + 1, JSON.stringify({ title, year: 1999, runtimeMinutes: 90 })],
    );
    await system.query(
      `insert into sources.match (source, record_id, movie, state, method, score, reason, candidates, rule_version)
       values ('box-office', $1, $2, $3, 'title', 0.8, $4, $5, 1)`,
      [id, state === 'matched' ? film : `mq90000${id ?? ''}`, state, reason, others],
    );
  }
  await system.query(
    `insert into sources.match_count (source, deliveries, is_current)
     select 'box-office', jsonb_build_object(id::text, '{"matched": 1, "doubtful": 2, "conflict": 1}'::jsonb), true
     from sources.delivery where name = 'may.csv'`,
  );
}

/** Merges what several sources tell of a title, and of a movie that IMDb does not know. */
async function storeMovies(system: System, film: string): Promise<void> {
  await system.query(
    `update imdb.title_basics set start_year = 1999, genres = '{Drama}' where tconst = $1`,
    [film],
  );
  await system.query(
    'update imdb.title_ratings set average_rating = 7.7, num_votes = 5000 where tconst = $1',
    [film],
  );
  await system.query('delete from imdb.title_akas where title_id = $1', [film]);
  await system.query(
    `insert into imdb.title_akas select $1, n, 'Name ' || n, 'DE', 'de', '{}', '{}', false from generate_series(1, 14) as n`,
    [film],
  );
  const tomatometer = {
    ratings: [
      {
        name: 'tomatometer',
        value: 83,
        scale: { min: 0, max: 100 },
        votes: 120,
        kind: 'critics' as const,
      },
    ],
  };
  await tellOf(system, film, [
    [
      'box-office',
      '4',
      {
        title: 'Another Title of It',
        budget: usd(60_000_000),
        revenue: usd(463_500_000),
        companies: [{ id: 'tmdb:3', name: 'Example Pictures' }],
        countries: ['DE'],
        tagline: 'Look up.',
        overview: 'A comet comes near.',
        releaseDate: '1999-03-31',
      },
    ],
    [
      'critics',
      'c',
      {
        ...tomatometer,
        cRatings: { performance: [{ value: 8, scale: { min: 0, max: 10 }, votes: 2 }] },
      },
    ],
  ]);
  await tellOf(system, MOVIE, [
    [
      'critics',
      '13',
      {
        ...tomatometer,
        title: 'Low Tide',
        type: 'movie',
        year: 2001,
        genres: ['Comedy'],
        people: [{ name: 'Ada Example', role: 'director', imdb: null }],
        watched: true,
      },
    ],
  ]);
  await system.query('insert into movies.redirect values ($1, $2), ($3, $4)', [
    'mq000000000000001',
    film,
    'mq000000000000002',
    MOVIE,
  ]);
}

/** Uploads a made-up picture to the path of a movie or person. */
async function storePicture(
  system: System,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const poster = await sharp({
    create: { width: 400, height: 600, channels: 3, background: 'teal' },
  })
    .png()
    .toBuffer();
  const { status } = await fetch(`${system.apiUrl}${path}/pictures`, {
    method: 'PUT',
    headers: { 'content-type': 'image/png', ...headers },
    body: new Uint8Array(poster),
  });
  expect(status).toBe(200);
}

describe('an installation of IMDb alone, with a key', { skip: lacks('chromium'), ...LONG }, () => {
  const site = useSite(() => ({
    published: days,
    workers: false,
    api: { OPERATING: 'keyed', API_ADMIN_KEY: ADMIN },
  }));
  const requestsOfMovies = () => {
    const asked: string[] = [];
    site.page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (/^\/(?:movies|sources|names\/[^/]*\/pictures)/u.test(pathname)) asked.push(pathname);
    });
    return asked;
  };
  const origin = () => site.page.getByRole('heading', { name: 'Where this comes from' });

  it('shows uploads to readers, from the document alone', async () => {
    const { page, mostVoted, answer } = site;
    const film = await mostVoted('&titleType=movie');
    const { principals } = Title.parse(await answer(`/titles/${film.id}?include=principals`));
    const { nconst, primaryName } = principals?.items[0] ?? {};
    const key = { authorization: `Bearer ${ADMIN}` };
    await storePicture(site.system, `/movies/${film.id}`, key);
    await storePicture(site.system, `/names/${nconst}`, key);
    const asked = requestsOfMovies();
    for (const [path, name] of [
      [`/title/${film.id}`, `Poster of ${film.text}`],
      [`/name/${nconst}`, `Portrait of ${primaryName}`],
    ] as const) {
      await page.goto(path);
      const image = page.getByRole('img', { name });
      await expect
        .poll(async () => image.evaluate((one) => Reflect.get(one, 'naturalWidth') as number))
        .toBe(342);
    }
    expect(asked).toEqual([]);
    expect(await origin().count()).toBe(0);
  });

  it('lets an operator set values of its titles', async () => {
    const { page, mostVoted, heading, system } = site;
    const film = await mostVoted('&titleType=movie');
    await page.context().request.post('/session', { data: { key: ADMIN } });
    await page.goto(`/title/${film.id}`);
    await heading(film.text).waitFor();
    await origin().waitFor();
    await page.getByText(/^All fields/u).click();
    await page.getByRole('button', { name: 'Set a value: Tagline' }).click();
    await page.getByRole('textbox', { name: 'Value' }).fill('Look down.');
    await page.getByRole('button', { name: 'Set this value' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await system.get(`/movies/${film.id}/locks`)).toMatchObject({
      items: [{ field: 'tagline', value: 'Look down.' }],
    });
    await page.getByRole('heading', { name: 'Also known as' }).waitFor();
  });
});

describe('movies of several sources', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ published: days, workers: false }));
  const { heading, settled, mostVoted } = site;
  let system: System;
  let page: Page;
  let film: { id: string; text: string };
  beforeAll(async () => {
    ({ system } = site);
    film = await mostVoted('&titleType=movie');
    const other = await mostVoted('&titleType=tvSeries');
    // what is published is followed now, as later all records would be matched again
    await merge(system);
    await storeSource(system, film.id, other.id);
    await storeMovies(system, film.id);
    await storePicture(system, `/movies/${film.id}`);
  });
  beforeEach(() => {
    ({ page } = site);
  });

  it('are on the page of the title, from its document alone', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`/title/${film.id}`);
    await heading(film.text).waitFor();
    await page.getByRole('heading', { name: 'Where this comes from' }).waitFor();
    expect(asked.filter((path) => /^\/(?:movies|sources)/u.test(path))).toEqual([]);
    const poster = page.getByRole('img', { name: `Poster of ${film.text}` });
    await expect
      .poll(async () => poster.evaluate((image) => Reflect.get(image, 'naturalWidth') as number))
      .toBe(342);
    const ratings = page.getByRole('region', { name: 'Ratings', exact: true });
    expect(await ratings.getByRole('row').allInnerTexts()).toEqual([
      expect.stringMatching(/Source.*Rating.*Votes/su),
      expect.stringMatching(/IMDb.*audience.*7\.7 of 10.*5,000/su),
      expect.stringMatching(/Some Critics.*Tomatometer, critics.*83 of 100.*120/su),
    ]);
    await ratings.getByText('of 10 combined, from 5,120 votes').waitFor();
    await ratings.getByText('2 voices').waitFor();
    const about = page.getByRole('region', { name: 'About', exact: true });
    for (const text of [
      '$60M',
      '$464M',
      '6.7 times the budget',
      'Look up.',
      'Mar 31, 1999',
      'Germany',
    ])
      await about.getByText(text).first().waitFor();
    expect(await about.getByRole('link', { name: 'Example Pictures' }).getAttribute('href')).toBe(
      '/movie?company=tmdb%3A3',
    );
    await page.getByText('Figures made up for tests').first().waitFor();
    const names = page
      .getByRole('region', { name: 'Names in all languages' })
      .getByRole('listitem');
    expect(await names.filter({ visible: true }).count()).toBe(10);
    await page.getByText('4 more names').click();
    expect(await names.filter({ visible: true }).count()).toBe(14);
  });

  it('say by a mark where a value comes from, for mouse and keys', async () => {
    await page.goto(`/title/${film.id}`);
    const mark = page.getByRole('button', { name: /^Budget comes from/u });
    await mark.focus();
    await page.keyboard.press('Enter');
    const note = page.getByRole('dialog', { name: 'Budget: where this comes from' });
    await note.getByText('From A Box Office, delivery of Aug 15, 2026').waitFor();
    const [box, anchor] = [await note.boundingBox(), await mark.boundingBox()];
    expect(Math.abs((box?.y ?? 0) - (anchor?.y ?? 0))).toBeLessThan(300);
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await note.waitFor({ state: 'hidden' });
    await page.locator('button:focus').and(mark).waitFor();
  });

  it('explain each field, and let an operator set it to a value or to none', async () => {
    await page.goto(`/title/${film.id}`);
    await page.getByText(/^All fields/u).click();
    const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name} `, 'u') });
    expect(await row('Title').innerText()).toContain('A Box Office: Another Title of It');
    await row('Tagline').getByRole('button').click();
    const sheet = page.getByRole('dialog', { name: 'Set a value: Tagline' });
    await sheet.getByRole('textbox', { name: 'Value' }).fill('Look down.');
    await sheet.getByLabel('Note').fill('as on the poster');
    await sheet.getByRole('button', { name: 'Set this value' }).click();
    await sheet.waitFor({ state: 'detached' });
    await row('Certificate').getByRole('button').click();
    await page.getByLabel('Leave it empty').check();
    await page.getByRole('button', { name: 'Set this value' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await row('Year').getByRole('button').click();
    await page.getByRole('textbox', { name: 'Value' }).fill('soon');
    await page.getByRole('button', { name: 'Set this value' }).click();
    await page.getByRole('alert').getByText('Enter a whole number.').waitFor();
    const { items } = (await system.get(`/movies/${film.id}/locks`)) as { items: object[] };
    expect(items).toEqual([
      expect.objectContaining({ field: 'certificate', value: null }),
      expect.objectContaining({ field: 'tagline', value: 'Look down.', note: 'as on the poster' }),
    ]);
  });

  it('have a page of their own if IMDb does not know them, and are found by earlier ids', async () => {
    await page.goto('/movie/mq000000000000002');
    await page.waitForURL(`**/movie/${MOVIE}`);
    await heading('Low Tide').waitFor();
    await page.getByText('not at IMDb').waitFor();
    await page.getByText('Ada Example').waitFor();
    await page.getByText('yes, it is in your library').waitFor();
    await page.goto('/movie/mq000000000000001');
    await page.waitForURL(`**/title/${film.id}`);
    await heading(film.text).waitFor();
    await page.goto('/movie/mq77');
    await page.getByRole('heading', { name: 'Not found' }).waitFor();
    site.errors.splice(0, site.errors.length);
  });

  it('are listed, and filtered by what sources know', async () => {
    await page.goto('/');
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Movies' })
      .click();
    const tiles = page.locator('.movie-tile');
    await tiles.nth(19).waitFor();
    await page.getByRole('list', { name: 'Source' }).getByLabel('A Box Office').check();
    await expect.poll(async () => tiles.getByRole('link').allTextContents()).toEqual([film.text]);
    await tiles.getByRole('img', { name: `Poster of ${film.text}` }).waitFor();
    await page.getByRole('button', { name: 'Remove: A Box Office' }).click();
    await page.getByLabel('Watched', { exact: true }).check();
    await page.waitForURL(/watched=true/u);
    await expect.poll(async () => tiles.getByRole('link').allTextContents()).toEqual(['Low Tide']);
    await page.goto('/movie?budgetFrom=999000000000');
    await page.getByRole('heading', { name: 'No movies match' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await tiles.first().waitFor();
  });

  it('have profits on Explore, with what is left out', async () => {
    await page.goto('/explore');
    const profit = page.getByRole('region', { name: 'Profit', exact: true });
    await profit.locator('svg [data-tip^="Example Pictures"]').waitFor();
    await profit.getByText(/^Full attribution: each company/u).waitFor();
    await profit.getByText(/^Left out: 1 movie without a budget/u).waitFor();
    await profit.getByLabel('Shared').check();
    await profit.getByText(/^Shared attribution/u).waitFor();
    await profit.getByLabel('Year').check();
    await profit.locator('svg [data-tip^="1999"]').waitFor();
    await profit.getByText('As a table').click();
    expect(await profit.getByRole('row').nth(1).innerText()).toMatch(/1999.*\$404M/su);
    const csv = await profit.getByRole('link', { name: /CSV/u }).getAttribute('href');
    expect(await (await fetch(system.apiUrl + (csv ?? ''))).text()).toContain('403500000');
  });

  it('are told of by sources, whose deliveries say what was left out', async () => {
    await page.goto('/data/sources');
    const source = page.getByRole('listitem').filter({ hasText: 'A Box Office' }).first();
    expect(await source.innerText()).toMatch(/25 % matched\s+50 % doubtful\s+25 % in conflict/u);
    await source.getByRole('link', { name: 'A Box Office' }).click();
    await heading('A Box Office').waitFor();
    const taken = page.getByRole('article').filter({ hasText: 'may.csv' });
    await taken.getByText('1 row left out').click();
    await taken.getByText('Line 6: year: expected a year, got “abc”').waitFor();
    await page.getByText('june.csv lacks the column title.').waitFor();
    const records = page.getByRole('region', { name: 'Records', exact: true });
    await records.getByLabel(/^in conflict/u).check();
    await expect
      .poll(async () => records.locator('.records a').allTextContents())
      .toEqual(['A Contradiction']);
    await records.getByText('Row 4').click();
    await records.getByLabel('As it came').waitFor();
    await taken.getByRole('button', { name: 'Take back' }).click();
    await taken.getByRole('button', { name: 'Cancel' }).click();
    await taken.getByRole('button', { name: 'Take again' }).waitFor();
  });

  it('are delivered by the browser, and taken back after a question', async () => {
    const stateOf = async () => {
      const { items } = (await system.get('/sources/box-office/deliveries')) as {
        items: { name: string; state: string }[];
      };
      return items.find(({ name }) => name === 'july.csv')?.state;
    };
    await page.goto('/data/sources/box-office');
    await page.getByLabel('Choose a file, or drop one here').setInputFiles({
      name: 'july.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('title\nThe July Film\n'),
    });
    const deliver = page.getByRole('button', { name: 'Deliver it' });
    expect(await deliver.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Check it' }).click();
    await page.getByRole('listitem').filter({ hasText: 'The July Film' }).waitFor();
    expect(await stateOf()).toBeUndefined();
    await deliver.click();
    await page.getByText(/^Delivered\./u).waitFor();
    expect(await stateOf()).toBe('received');
    const article = page.getByRole('article').filter({ hasText: 'july.csv' });
    await article.getByRole('button', { name: 'Take back' }).click();
    const question = article.getByRole('group', { name: 'Take back' });
    await question.getByText('The records become those of the delivery before it.').waitFor();
    expect(await stateOf()).toBe('received');
    await question.getByRole('button', { name: 'Take back' }).click();
    await question.waitFor({ state: 'detached' });
    expect(await stateOf()).toBe('withdrawn');
    await article.getByRole('button', { name: 'Take back' }).waitFor({ state: 'detached' });
  });

  it('wait for a decision where a match is doubtful, by click or by key, and undo it', async () => {
    const decisions = async () => {
      const { items } = (await system.get('/matches/decisions')) as {
        items: { record: string; kind: string; movie: string | null; undoneAt: string | null }[];
      };
      return items
        .filter(({ undoneAt }) => undoneAt === null)
        .map(({ record, kind, movie }) => `${record} ${kind} ${movie ?? ''}`.trim());
    };
    await page.goto('/data/matches');
    await page.getByRole('heading', { name: /^A Contradiction/u }).waitFor();
    await page.getByText('3 to go').waitFor();
    await page.getByText('Its ids belong to different movies.').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: /^First Doubt/u }).waitFor();
    await page.getByText('2 to go, 1 decided').waitFor();
    await page.keyboard.press('1');
    await page.getByRole('heading', { name: /^Second Doubt/u }).waitFor();
    expect(await decisions()).toEqual([`1 same ${film.id}`, '3 none']);
    await page.keyboard.press('u');
    await page.getByRole('heading', { name: /^First Doubt/u }).waitFor();
    expect(await decisions()).toEqual(['3 none']);
    await page
      .getByRole('button', { name: /^Different/u })
      .first()
      .click();
    await page.locator('.candidates .excluded').waitFor();
    await page.getByRole('button', { name: 'Later' }).click();
    await page.getByRole('heading', { name: /^Second Doubt/u }).waitFor();
    await page.getByRole('button', { name: 'Later' }).click();
    await page.getByRole('heading', { name: 'Nothing to decide' }).waitFor();
  });

  it('are merged by rules, which are a table', LONG, async () => {
    await page.goto('/data/rules');
    expect(await page.getByRole('row', { name: /^Genres /u }).innerText()).toContain(
      'All that any source has.',
    );
    expect(await violationsOf(page)).toEqual([]);
  });

  it('fit a phone, also if all names are one long word', LONG, async () => {
    const word = 'Kraftfahrzeughaftpflichtversicherung'.repeat(3);
    await tellOf(system, LONG_MOVIE, [
      [
        'critics',
        'long',
        {
          title: word,
          type: 'movie',
          year: 2001,
          tagline: word,
          overview: word,
          certificate: word,
          homepage: `https://example.com/${word}`,
          genres: [word],
          names: [{ name: word, language: null, region: null }],
          people: [{ name: word, role: 'director', imdb: null }],
          companies: [{ id: null, name: word }],
          ratings: [
            { name: word, value: 8, scale: { min: 0, max: 10 }, votes: 7, kind: 'audience' },
          ],
        },
      ],
    ]);
    const rename = `update sources.source set definition = definition || jsonb_build_object('name', $1::text,
      'licence', jsonb_build_object('name', $1::text, 'republish', true, 'attribution', $1::text)) where id = 'critics'`;
    await system.query(rename, [word]);
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of [
      `/movie/${LONG_MOVIE}`,
      '/movie?source=critics',
      '/data/sources',
      '/data/sources/critics',
      '/data/matches',
    ]) {
      await page.goto(path);
      await page
        .locator('main:not(.first-paint)')
        .getByText(word)
        .first()
        .waitFor({ state: 'attached' });
      await settled();
      for (const summary of await page.locator('main summary').filter({ visible: true }).all())
        await summary.click();
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(390);
    }
  });

  it.each([390, 1280, 1920])(
    'have pages that move nothing and fit, %s pixels wide',
    LONG,
    async (width) => {
      await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
      await recordShifts(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const path of [
          `/title/${film.id}`,
          `/movie/${MOVIE}`,
          '/movie',
          '/movie?source=box-office&yearFrom=1990',
          '/explore',
          '/data/sources',
          '/data/sources/box-office',
          '/data/matches',
          '/data/rules',
        ]) {
          const at = `${path} at ${width}, ${colorScheme}`;
          await page.goto(path);
          await page.getByRole('heading', { level: 1 }).first().waitFor();
          await settled();
          expect(await shiftOf(page), at).toBeLessThan(0.1);
          const summaries = page.locator('main summary').filter({ visible: true });
          for (const summary of await summaries.all()) await summary.click();
          await settled();
          expect(await page.evaluate('document.documentElement.scrollWidth'), at).toBe(width);
          expect(await violationsOf(page), at).toEqual([]);
        }
      }
    },
  );
});
