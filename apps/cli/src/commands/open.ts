import { imdbIdOf } from '@marquee/contract/imdb-id';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { parseId } from '../options/ids.ts';
import { examples } from '../options/values.ts';
import type { RunCommand } from './run-command.ts';

/** The path of each page, from the words after its name. */
const PAGES: Readonly<Record<string, (words: readonly string[]) => string>> = {
  title: ([id = '']) => `/title/${parseId(id, 'title')}`,
  name: ([id = '']) => `/name/${parseId(id, 'name')}`,
  search: (words) => `/find?${new URLSearchParams({ q: words.join(' ') }).toString()}`,
  data: () => '/data',
  docs: () => '/docs',
};

/** The pages that have a name. */
export const SITE_PAGES: readonly string[] = Object.keys(PAGES);

export function defineOpen(command: Command, run: RunCommand): void {
  command.action(
    async (page: string | undefined, words: string[], _options: object, self: Command) =>
      run(self, async (context) => open(context, page, words)),
  );
  examples(
    command,
    'open',
    'open title tt0000001',
    'open name nm0000001',
    'open search the long winter',
    'open data',
    'open docs',
  ).addHelpText(
    'after',
    '\nIt prints the address; without a browser to open, that is all it does.',
  );
}

/**
 * Prints the address of a page of the site, and opens it in a terminal with a browser at hand.
 *
 * @param page title, name, search, data or docs; an id stands for its title or person
 */
async function open(
  { api, out, env }: Context,
  page: string | undefined,
  words: readonly string[],
): Promise<void> {
  const url = `${api.url}${pathOf(page, words)}`;
  const isOpened = process.stdout.isTTY && (await openInBrowser(url, env));
  if (out.isJson) out.json({ url, isOpened });
  else process.stdout.write(`${url}\n`);
}

function pathOf(page: string | undefined, words: readonly string[]): string {
  if (page === undefined) return '/';
  const found = imdbIdOf(page);
  if (found !== null) return `/${found.kind}/${found.id}`;
  const build = PAGES[page];
  if (build !== undefined) return build(words);
  throw usageError(
    `“${page}” is not a page of the site.`,
    `Pages: ${SITE_PAGES.join(', ')}. To search: marquee open search ${page}`,
  );
}

/**
 * Opens an address in the browser of this desktop.
 *
 * @returns whether there is one
 */
async function openInBrowser(url: string, env: Context['env']): Promise<boolean> {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY } = env;
  // on Linux a browser needs a desktop, which a session over SSH lacks
  if (process.platform === 'linux' && !BROWSER && !DISPLAY && !WAYLAND_DISPLAY) return false;
  const { default: openUrl } = await import('open');
  try {
    await openUrl(url);
    return true;
  } catch {
    return false;
  }
}
