import {
  MAX_PICTURE_PIXELS,
  MAX_PICTURE_SIDE,
  MIN_PICTURE_SIDE,
  type PictureFormat,
  type PictureWidth,
} from '@marquee/contract';
import type { Sharp, SharpInput, SharpOptions } from 'sharp';
import { ProblemException } from '../../problems/problem-exception.ts';

/** What a picture is, by its content. */
export interface ImageFacts {
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
}

/** The formats of uploads, as the decoder names them. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  heif: 'image/avif',
  gif: 'image/gif',
};
/** Decoders of these formats. All others, as of SVG and PDF, are switched off. */
const DECODERS = ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif'].map((name) => `VipsForeignLoad${name}`);
/** Sides of what is served as `original`. */
const MAX_SERVED_SIDE = 4096;
/** A better AVIF takes minutes for a large picture. */
const AVIF_EFFORT = 2;
const QUALITY = { webp: 80, jpg: 82, avif: 55 } as const;

const OPTIONS: SharpOptions = {
  limitInputPixels: MAX_PICTURE_PIXELS,
  failOn: 'error',
  sequentialRead: true,
};

type Open = (input: SharpInput, options: SharpOptions) => Sharp;

/** Loaded with the first picture: it takes 20 MB, which most servers do not need. */
async function loadDecoder(): Promise<Open> {
  const { default: sharp } = await import('sharp');
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: DECODERS });
  // other requests need the processors too
  sharp.concurrency(1);
  sharp.cache(false);
  return (input, options) => sharp(input, options);
}

let decoder: Promise<Open> | null = null;

async function open(content: Buffer, options: SharpOptions = OPTIONS): Promise<Sharp> {
  return (await (decoder ??= loadDecoder()))(content, options);
}

/**
 * Checks what a file is by decoding all of it, whatever its name and type say.
 *
 * @throws ProblemException 415 for what is no picture of a known format, or a broken one; 400 for one
 *   that is too large or too small
 */
export async function inspectImage(content: Buffer): Promise<ImageFacts> {
  // of the head alone, so that a picture of any size is one that is too large
  const head = await open(content, { ...OPTIONS, limitInputPixels: false });
  const {
    format,
    width,
    height,
    orientation = 1,
  } = await head.metadata().catch((error: unknown) => {
    throw noPicture(error);
  });
  const mediaType = MEDIA_TYPES[format];
  if (mediaType === undefined) throw noPicture(new Error(`its format is ${format}`));
  if (Math.max(width, height) > MAX_PICTURE_SIDE || width * height > MAX_PICTURE_PIXELS)
    throw wrongSize(
      width,
      height,
      `at most ${MAX_PICTURE_SIDE} pixels a side, and ${MAX_PICTURE_PIXELS / 1e6} million in all`,
    );
  if (Math.min(width, height) < MIN_PICTURE_SIDE)
    throw wrongSize(width, height, `at least ${MIN_PICTURE_SIDE} pixels a side`);
  await (await open(content)).stats().catch((error: unknown) => {
    throw noPicture(error);
  });
  // from 5 on, it is stored lying on its side
  return orientation >= 5
    ? { mediaType, width: height, height: width }
    : { mediaType, width, height };
}

/**
 * A picture in a width and format: upright, never enlarged, and without its EXIF data, which may say
 * where and by whom it was taken.
 */
export async function resizeImage(
  content: Buffer,
  width: PictureWidth,
  format: PictureFormat,
): Promise<Buffer> {
  const side = width === 'original' ? MAX_SERVED_SIDE : Number(width);
  const image = (await open(content)).autoOrient().resize({
    width: side,
    height: width === 'original' ? side : undefined,
    fit: 'inside',
    withoutEnlargement: true,
  });
  const quality = QUALITY[format];
  if (format === 'webp') return image.webp({ quality }).toBuffer();
  if (format === 'avif') return image.avif({ quality, effort: AVIF_EFFORT }).toBuffer();
  // JPEG has no transparency
  return image.flatten({ background: 'white' }).jpeg({ quality, mozjpeg: true }).toBuffer();
}

function noPicture(cause: unknown): ProblemException {
  const why = cause instanceof Error ? cause.message.split('\n')[0] : 'unknown format';
  return new ProblemException({
    status: 415,
    code: 'no-picture',
    detail: `The body is no picture that can be decoded (${why}).`,
    hint: 'Send a JPEG, PNG, WebP, AVIF or GIF as it is.',
  });
}

function wrongSize(width: number, height: number, expected: string): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'bad-input',
    detail: `The picture has ${width} × ${height} pixels; expected ${expected}.`,
    hint: 'Send it in another size.',
  });
}
