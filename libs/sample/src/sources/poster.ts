import { crc32, deflateSync } from 'node:zlib';

const WIDTH = 240;
const HEIGHT = 360;
/** One filter byte before the pixels of a line, three bytes a pixel. */
const LINE_BYTES = 1 + WIDTH * 3;

/**
 * Draws a poster: a sky, a sun and hills in the colours of a number. A PNG of 240 × 360 pixels, the
 * same for the same number.
 */
export function drawPoster(number: number): Buffer {
  const hue = (number * 47) % 360;
  const [sky, low, sun, hill] = [
    colour(hue, 0.25),
    colour(hue + 30, 0.75),
    colour(hue + 60, 0.95),
    colour(hue + 180, 0.15),
  ];
  const [sunX, sunY, radius] = [60 + ((number * 31) % 120), 90 + ((number * 17) % 90), 34];
  const pixels = Buffer.alloc(LINE_BYTES * HEIGHT);
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const horizon = HEIGHT * 0.7 + 18 * Math.sin(x / 28 + number) + 9 * Math.sin(x / 11);
      const isSun = (x - sunX) ** 2 + (y - sunY) ** 2 < radius ** 2;
      const share = y / HEIGHT;
      for (let channel = 0; channel < 3; channel++) {
        const air = (sky[channel] ?? 0) * (1 - share) + (low[channel] ?? 0) * share;
        pixels[y * LINE_BYTES + 1 + x * 3 + channel] =
          y > horizon ? (hill[channel] ?? 0) : isSun ? (sun[channel] ?? 0) : air;
      }
    }
  return png(pixels);
}

/** Red, green and blue of a hue in degrees, with this lightness of 0 to 1. */
function colour(hue: number, lightness: number): number[] {
  return [0, 240, 120].map((shift) => {
    const wave = 0.5 + 0.5 * Math.cos(((hue + shift) * Math.PI) / 180);
    return Math.round(255 * lightness * (0.45 + 0.55 * wave));
  });
}

function png(pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  // 8 bits a channel, red, green and blue
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}
