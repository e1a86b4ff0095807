import { z } from 'zod';
import { RequestedMovieId } from './movies.ts';
import { text } from './parameter.ts';
import { RequestedNameId } from './row.ts';

/** What a picture shows. */
export const PICTURE_KINDS = ['poster', 'backdrop', 'portrait', 'logo', 'other'] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** Widths in which pictures are served; `original` is the picture in its own size. */
export const PICTURE_WIDTHS = ['154', '342', '500', '780', 'original'] as const;
export type PictureWidth = (typeof PICTURE_WIDTHS)[number];

/** Formats in which pictures are served. */
export const PICTURE_FORMATS = ['webp', 'jpg', 'avif'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

/** Limits of an uploaded picture: its file, and each of its sides. */
export const MAX_PICTURE_BYTES = 20 * 1024 * 1024;
export const MIN_PICTURE_SIDE = 16;
export const MAX_PICTURE_SIDE = 10_000;
/** Pixels of a picture: a small file can unpack to any number. */
export const MAX_PICTURE_PIXELS = 40_000_000;

const SHA256 = /^[0-9a-f]{64}$/u;

const kind = z.enum(PICTURE_KINDS, `expected one of ${PICTURE_KINDS.join(', ')}`);

/** The poster of a movie. */
export const PosterDigest = z.string().nullable().meta({
  description:
    'SHA-256 of its poster (in `GET /movies/{id}` with `include=poster`), for `/pictures/{sha256}/342.webp`; null without one',
  example: '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9',
});

/** A picture of a movie or a person. */
export const Picture = z
  .object({
    kind: kind.meta({ description: 'What it shows', example: 'poster' }),
    sha256: z.string().meta({
      description: 'SHA-256 of its file: `/pictures/{sha256}/342.webp` is a smaller one of it',
      example: '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9',
    }),
    mediaType: z.string().meta({ description: 'Type of its file', example: 'image/jpeg' }),
    width: z
      .int()
      .nullable()
      .meta({ description: 'Width in pixels; null for one of a source', example: 1000 }),
    height: z
      .int()
      .nullable()
      .meta({ description: 'Height in pixels; null for one of a source', example: 1500 }),
    bytes: z.int().meta({ description: 'Size of its file', example: 183_204 }),
    source: z
      .string()
      .nullable()
      .meta({ description: 'The source that delivered it; null for an upload', example: null }),
    attribution: z
      .string()
      .nullable()
      .meta({ description: 'What to write beside it, if its source asks for that', example: null }),
    addedAt: z.iso
      .datetime()
      .meta({ description: 'When it came', example: '2026-08-15T06:15:00Z' }),
    addedBy: z
      .string()
      .nullable()
      .meta({ description: 'Who uploaded it; null for one of a source', example: 'ada' }),
  })
  .meta({ id: 'Picture' });
export type Picture = z.infer<typeof Picture>;

/** Response of `GET /movies/{id}/pictures` and `GET /names/{nconst}/pictures`. */
export const PictureList = z
  .object({
    items: z
      .array(Picture)
      .meta({ description: 'Its pictures: uploads, newest first, then others' }),
  })
  .meta({ id: 'PictureList' });
export type PictureList = z.infer<typeof PictureList>;

/** The id in the path of a movie's pictures. */
export const MoviePicturesPath = z.strictObject({ id: RequestedMovieId });
export type MoviePicturesPath = z.infer<typeof MoviePicturesPath>;
/** The id in the path of a person's pictures. */
export const NamePicturesPath = z.strictObject({ nconst: RequestedNameId });
export type NamePicturesPath = z.infer<typeof NamePicturesPath>;

/** Parameters of an upload. */
export const PictureUpload = z.strictObject({
  kind: kind.optional().meta({
    description: 'What it shows. Default: a poster, or a portrait of a person',
    example: 'poster',
  }),
});
export type PictureUpload = z.infer<typeof PictureUpload>;

/** Which pictures to remove: one by its SHA-256, or all uploads of a kind. */
export const PictureRemoval = z
  .strictObject({
    kind: kind.optional().meta({ description: 'All uploads of this kind', example: 'poster' }),
    sha256: z.string().regex(SHA256, 'expected 64 hexadecimal digits').optional().meta({
      description: 'The picture with this SHA-256',
      example: '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9',
    }),
  })
  .refine(
    ({ kind: given, sha256 }) => given !== undefined || sha256 !== undefined,
    'expected kind or sha256',
  );
export type PictureRemoval = z.infer<typeof PictureRemoval>;

/** The path of a picture in a size and format: `/pictures/{sha256}/342.webp`. */
export const PicturePath = z.strictObject({
  sha256: z.string().regex(SHA256, 'expected 64 hexadecimal digits').meta({
    description: 'SHA-256 of its file',
    example: '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9',
  }),
  file: text(20)
    .regex(
      new RegExp(`^(?:${PICTURE_WIDTHS.join('|')})\\.(?:${PICTURE_FORMATS.join('|')})$`, 'u'),
      `expected a width of ${PICTURE_WIDTHS.join(', ')} and a format of ${PICTURE_FORMATS.join(', ')}, such as 342.webp`,
    )
    .meta({
      description: `Width (${PICTURE_WIDTHS.join(', ')}) and format (${PICTURE_FORMATS.join(', ')})`,
      example: '342.webp',
    }),
});
export type PicturePath = z.infer<typeof PicturePath>;
