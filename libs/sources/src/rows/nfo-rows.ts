import type { Readable } from 'node:stream';
import { isNfo } from '../library/library-files.ts';
import { unpacked } from './content.ts';
import { DeliveryError } from './delivery-error.ts';
import { nfoMovies } from './nfo-file.ts';
import { PICTURE_LIST, pictureKind, type LibraryPicture } from './nfo-pictures.ts';
import { isReject, reject, type Reject, type Row } from './row.ts';
import { isTar, tarEntries, tooLargeReason, type TarEntry } from './tar-entries.ts';

/** The largest .nfo file, in bytes. */
const MAX_NFO_BYTES = 10 * 1024 * 1024;

/** The pictures of a library, by the folder they lie in. */
type PicturesByFolder = ReadonlyMap<string, readonly LibraryPicture[]>;

/**
 * The movies of a tar of .nfo files, or of one such file.
 *
 * @param pictures those of the same library, whose content is stored
 */
export async function* nfoRows(
  bytes: AsyncIterable<Buffer>,
  pictures: readonly LibraryPicture[],
): AsyncGenerator<Row | Reject> {
  const byFolder = Map.groupBy(pictures, ({ path }) => folderOf(path));
  const { head, all } = await headOf(bytes);
  if (isTar(head)) {
    yield* rowsOfTar(all, byFolder);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of all) {
    size += chunk.length;
    if (size > MAX_NFO_BYTES)
      throw new DeliveryError('wrong-format', 'The file is no tar, and too large for a .nfo file.');
    chunks.push(chunk);
  }
  yield* nfoMovies('movie.nfo', Buffer.concat(chunks), 1);
}

/** The head of content, long enough to tell a tar, and all of it. */
async function headOf(
  bytes: AsyncIterable<Buffer>,
): Promise<{ head: Buffer; all: AsyncGenerator<Buffer, undefined> }> {
  const content = bytes[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  for (let size = 0; size < 512;) {
    const next = await content.next();
    if (next.done === true) break;
    chunks.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(chunks);
  const all = (async function* (): AsyncGenerator<Buffer, undefined> {
    try {
      yield head;
      for (let next = await content.next(); next.done !== true; next = await content.next())
        yield next.value;
    } finally {
      await content.return?.();
    }
  })();
  return { head, all };
}

async function* rowsOfTar(
  bytes: AsyncIterable<Buffer>,
  pictures: PicturesByFolder,
): AsyncGenerator<Row | Reject> {
  let line = 0;
  for await (const entry of tarEntries(bytes)) {
    if (!isNfo(entry.path)) continue;
    const tooLarge = tooLargeReason(entry, MAX_NFO_BYTES);
    if (tooLarge !== null) {
      yield reject((line += 1), entry.path, `${entry.path}: ${tooLarge}`);
      continue;
    }
    for (const row of nfoMovies(entry.path, await entry.read(), line + 1)) {
      line += 1;
      yield isReject(row) ? row : withPictures(row, entry.path, pictures);
    }
  }
  if (line === 0)
    throw new DeliveryError('empty', `The tar has no .nfo file beside ${PICTURE_LIST}.`);
}

function withPictures(row: Row, path: string, byFolder: PicturesByFolder): Row {
  const file = path.slice(folderOf(path).length).replace(/\.nfo$/iu, '');
  const isEpisode = row.columns['type'] === 'tvEpisode';
  const pictures = (byFolder.get(folderOf(path)) ?? []).flatMap((picture) => {
    const shown = pictureKind(picture.path);
    // a picture without a name before it shows what the folder is about: no episode
    const isOfIt = shown !== null && (shown.name === null ? !isEpisode : shown.name === file);
    return isOfIt ? [{ kind: shown.kind, ...picture }] : [];
  });
  return { ...row, columns: { ...row.columns, pictures } };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/**
 * The files of a library as it was delivered: of a tar, with or without gzip. None of a single .nfo
 * file.
 */
export async function* libraryEntries(content: Readable): AsyncGenerator<TarEntry> {
  const { head, all } = await headOf(unpacked(content));
  if (isTar(head)) yield* tarEntries(all);
  else await all.return(undefined);
}
