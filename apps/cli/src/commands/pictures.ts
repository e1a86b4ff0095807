import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Picture, PICTURE_KINDS, PictureList, type PictureKind } from '@marquee/contract';
import { count, localTime } from '@marquee/terminal/format';
import { type Command, Option } from 'commander';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { parseId, parseMovieId } from '../options/ids.ts';
import { examples } from '../options/values.ts';
import { addFormatOption, type ListOptions } from './list.ts';
import type { RunCommand } from './run-command.ts';
import { showWholeList } from './whole-list.ts';

interface KindOption {
  readonly kind?: PictureKind;
}

export function definePictures(pictures: Command, run: RunCommand): void {
  const kind = () =>
    new Option('--kind <kind>', 'what it shows (default: a poster, or a portrait)').choices([
      ...PICTURE_KINDS,
    ]);
  const list = pictures
    .command('list <id>', { isDefault: true })
    .description('list the pictures of a movie or person');
  addFormatOption(list).action(
    async (id: string, options: Pick<ListOptions, 'format'>, self: Command) =>
      run(self, async (context) => listPictures(context, id, options)),
  );
  pictures
    .command('add <id> <file>')
    .description('add a picture to a movie or person: a JPEG, PNG, WebP, AVIF or GIF')
    .addOption(kind())
    .action(async (id: string, file: string, options: KindOption, self: Command) =>
      run(self, async (context) => addPicture(context, id, file, options)),
    );
  pictures
    .command('remove <id>')
    .description('remove a picture that was added, or all of a kind')
    .addOption(new Option('--kind <kind>', 'all of this kind').choices([...PICTURE_KINDS]))
    .option('--sha256 <digest>', 'the picture with this SHA-256')
    .action(async (id: string, options: KindOption & { readonly sha256?: string }, self: Command) =>
      run(self, async ({ api, out }) => {
        const query = new URLSearchParams(Object.entries(options)).toString();
        if (query === '') throw usageError('Which picture?', 'Add --kind or --sha256');
        await api.remove(`${pathOf(id)}?${query}`);
        if (out.isJson) out.json({ id, removed: true });
        else out.line('Removed.');
      }),
    );
  examples(
    pictures,
    'pictures tt0000001',
    'pictures add tt0000001 poster.jpg',
    'pictures add nm0000001 portrait.png --kind portrait',
    'pictures remove tt0000001 --kind poster',
  );
}

/** The pictures of a movie or person. @throws CliError 2 */
function pathOf(given: string): string {
  return /^\s*nm|\/name\//iu.test(given)
    ? `/names/${parseId(given, 'name')}/pictures`
    : `/movies/${parseMovieId(given)}/pictures`;
}

async function listPictures(
  context: Context,
  id: string,
  options: Pick<ListOptions, 'format'>,
): Promise<void> {
  const columns = [
    { head: 'KIND' },
    { head: 'SIZE', align: 'right', drop: 2 },
    { head: 'BYTES', align: 'right', drop: 3 },
    { head: 'FROM', drop: 4 },
    { head: 'ADDED', drop: 5 },
    { head: 'SHA-256', isFlexible: true },
  ] as const;
  showWholeList(
    context,
    await context.api.get(PictureList, pathOf(id)),
    options,
    'There are no pictures. Add one: marquee pictures add <id> <file>',
    columns,
    ({ kind, width, height, bytes, source, addedBy, addedAt, sha256 }) => [
      kind,
      width === null || height === null ? '' : `${width}×${height}`,
      count(bytes),
      source ?? addedBy ?? '',
      localTime(addedAt),
      sha256,
    ],
  );
}

async function addPicture(
  { api, out }: Context,
  id: string,
  file: string,
  { kind }: KindOption,
): Promise<void> {
  const path = pathOf(id);
  if ((await stat(file).catch(() => null))?.isFile() !== true)
    throw usageError(`There is no file ${file}.`);
  const picture = await api.upload(Picture, path, { kind }, await openAsBlob(file), {}, 'PUT');
  if (out.isJson) out.json(picture);
  else out.line(`Added as ${picture.kind}: ${picture.width}×${picture.height}, ${picture.sha256}.`);
}
