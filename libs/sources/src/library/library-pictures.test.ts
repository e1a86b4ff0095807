import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { picturesOf } from './library-pictures.ts';

const PICTURE = {
  path: 'The Comet/poster.jpg',
  sha256: 'a'.repeat(64),
  bytes: 1,
  mediaType: 'image/jpeg',
};

async function tarOf(...files: readonly (readonly [string, string | Buffer])[]): Promise<Readable> {
  const archive = pack();
  for (const [name, content] of files) archive.entry({ name }, content);
  archive.finalize();
  return Readable.from([await buffer(archive)]);
}

it('reads a list of 200,000 pictures, and no second one', async () => {
  const list = JSON.stringify(Array.from({ length: 200_000 }, () => PICTURE));
  const files = ['{"mine":1}', list, list].map((content) => ['pictures.json', content] as const);
  const tar = await tarOf(...files);
  expect(await picturesOf(tar)).toHaveLength(200_000);
});

it('refuses a library with more pictures than fit into memory', async () => {
  const jpeg = Buffer.from('ffd8ff', 'hex');
  const files = ['a', 'b', 'c'].map((name) => [`${name}/poster.jpg`, jpeg] as const);
  expect(await picturesOf(await tarOf(...files), undefined, 3)).toHaveLength(3);
  await expect(picturesOf(await tarOf(...files), undefined, 2)).rejects.toMatchObject({
    code: 'archive-bomb',
    message: 'The tar has more than 2 pictures.',
  });
  const list = JSON.stringify([PICTURE, PICTURE, PICTURE]);
  await expect(
    picturesOf(await tarOf(['pictures.json', list]), undefined, 2),
  ).rejects.toMatchObject({ code: 'archive-bomb' });
});
