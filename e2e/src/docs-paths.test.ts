import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Paths of the repository in backticks; those with a placeholder name none. */
const PATH = /`((?:apps|libs|e2e|bench|docker|docs)\/[^`\s]*)`/gu;
const LINK = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/gu;

async function readPages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  for await (const page of glob(['*.md', 'docs/**/*.md'], { cwd: ROOT }))
    pages.set(page, await readFile(join(ROOT, page), 'utf8'));
  return pages;
}

/** The anchors of the headings of a page, as GitHub names them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gmu)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it('paths that the documentation names exist', async () => {
  const missing = [...(await readPages())].flatMap(([page, text]) =>
    [...text.matchAll(PATH)]
      .map(([, path = '']) => path)
      .filter((path) => !/[<*…{]/u.test(path) && !existsSync(join(ROOT, path)))
      .map((path) => `${page}: ${path}`),
  );
  expect(missing).toEqual([]);
});

it('links between pages lead to a page and a heading', async () => {
  const pages = await readPages();
  const broken = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(LINK)].flatMap(([link, path = '', anchor]) => {
      const target = path === '' ? page : join(dirname(page), path);
      const leads =
        existsSync(join(ROOT, target)) &&
        (anchor === undefined || anchorsOf(pages.get(target) ?? '').includes(anchor));
      return leads ? [] : [`${page}: ${link}`];
    }),
  );
  expect(broken).toEqual([]);
});
