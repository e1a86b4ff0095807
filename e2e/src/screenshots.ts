import { fileURLToPath } from 'node:url';
import { FoundTitlePage, ListedMoviePage, Title } from '@marquee/contract';
import { launchChromium } from './chromium.ts';

// Renews the screenshots of the README from a running demo: npm run screenshots --
// http://127.0.0.1:3000

const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const [, , site = 'http://127.0.0.1:3000'] = process.argv;
const answer = async (path: string): Promise<unknown> => (await fetch(site + path)).json();

async function firstOf(filters: string): Promise<{ id: string; name: string }> {
  const [title] = FoundTitlePage.parse(await answer(`/titles?limit=1&${filters}`)).items;
  if (title?.tconst === undefined) throw new Error(`${site} has no title for ${filters}.`);
  return { id: title.tconst, name: title.primaryTitle ?? '' };
}

/** The pages of merged movies, with the one that most sources tell of; none of IMDb alone. */
async function choosePagesOfSources() {
  const { items } = ListedMoviePage.parse(await answer('/movies?sort=revenue&limit=50'));
  const [movie] = items.toSorted((a, b) => (b.sources?.length ?? 0) - (a.sources?.length ?? 0));
  if (movie?.id === undefined) return [];
  const page = movie.imdb == null ? 'movie' : 'title';
  return [
    { name: 'movie', path: `/${page}/${movie.id}`, viewport: DESKTOP },
    { name: 'movies', path: '/movie', viewport: DESKTOP },
    { name: 'sources', path: '/data/sources', viewport: DESKTOP },
    { name: 'matches', path: '/data/matches', viewport: DESKTOP },
  ];
}

/** The pages to capture, by the name of the file. */
async function choosePages() {
  const film = await firstOf('titleType=movie');
  const series = await firstOf('primaryTitle=A%20Made-up%20Series');
  const episode = await firstOf('titleType=tvEpisode');
  // the cast of a series has ratings in several years
  const { principals } = Title.parse(await answer(`/titles/${episode.id}?include=principals`));
  const found = `/find?q=${encodeURIComponent(film.name.split(' ').at(-1) ?? '')}`;
  return [
    { name: 'series', path: `/title/${series.id}`, viewport: DESKTOP },
    { name: 'find', path: found, viewport: DESKTOP },
    { name: 'name', path: `/name/${principals?.items[0]?.nconst ?? ''}`, viewport: DESKTOP },
    { name: 'explore', path: '/explore', viewport: DESKTOP },
    { name: 'data', path: '/data', viewport: DESKTOP },
    ...(await choosePagesOfSources()),
    { name: 'phone', path: found, viewport: PHONE },
  ];
}

const browser = await launchChromium();
for (const { name, path, viewport } of await choosePages()) {
  const page = await browser.newPage({ viewport });
  await page.goto(site + path);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: `${FOLDER}${name}.png` });
  await page.close();
}
await browser.close();
