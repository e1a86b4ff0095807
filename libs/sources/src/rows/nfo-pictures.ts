import { z } from 'zod';

/** The name in a tar of the list of pictures that lie in the store already. */
export const PICTURE_LIST = 'pictures.json';
/** The largest picture, in bytes. */
export const MAX_PICTURE_BYTES = 25 * 1024 * 1024;

/** A picture in a library, whose content is in the store of pictures. */
export const LibraryPicture = z.strictObject({
  path: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  bytes: z.int().nonnegative(),
  mediaType: z.enum(['image/jpeg', 'image/png', 'image/webp']),
});
export type LibraryPicture = z.infer<typeof LibraryPicture>;

/** Names that Kodi and Jellyfin give pictures, and what these show. */
const KINDS: Readonly<Record<string, 'poster' | 'backdrop' | 'logo'>> = {
  poster: 'poster',
  folder: 'poster',
  cover: 'poster',
  movie: 'poster',
  default: 'poster',
  fanart: 'backdrop',
  backdrop: 'backdrop',
  background: 'backdrop',
  logo: 'logo',
  clearlogo: 'logo',
};
const PICTURE = /^(.*?)([^/]+)\.(?:jpe?g|png|webp)$/iu;

/**
 * What a picture shows, and of which .nfo files: of the one with this name before it, or of all in
 * its folder. Null for other pictures, which are left out.
 */
export function pictureKind(
  path: string,
): { kind: 'poster' | 'backdrop' | 'logo'; folder: string; name: string | null } | null {
  const [, folder = '', file = ''] = PICTURE.exec(path) ?? [];
  const [, name = null, word = file] = /^(.+)-([a-z]+)$/iu.exec(file) ?? [];
  const kind = Object.hasOwn(KINDS, word.toLowerCase()) ? KINDS[word.toLowerCase()] : undefined;
  return kind === undefined ? null : { kind, folder, name };
}

/** The media type of a picture by its content; null when it is none that is shown. */
export function pictureType(content: Buffer): LibraryPicture['mediaType'] | null {
  const begin = content.toString('latin1', 0, 12);
  if (begin.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (begin.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  return begin.startsWith('RIFF') && begin.endsWith('WEBP') ? 'image/webp' : null;
}
