export type MisreadEncoding = 'latin1' | 'windows-1252' | 'macintosh';

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const encoders = new Map<MisreadEncoding, ReadonlyMap<string, number>>();

/** The bytes of an encoding, by their characters. Node's decoders know it; nothing in Node encodes it. */
function bytesOf(encoding: MisreadEncoding): ReadonlyMap<string, number> {
  let bytes = encoders.get(encoding);
  if (bytes === undefined) {
    const decoder = encoding === 'latin1' ? null : new TextDecoder(encoding);
    const high = Array.from({ length: 128 }, (_, i) => i + 128);
    bytes = new Map(
      high.map((byte) => [
        decoder === null ? String.fromCharCode(byte) : decoder.decode(Uint8Array.of(byte)),
        byte,
      ]),
    );
    encoders.set(encoding, bytes);
  }
  return bytes;
}

/**
 * Mends UTF-8 that was read as another encoding. It changes only runs of characters whose bytes are
 * valid UTF-8, which real text hardly ever is. Of an à, whose second byte is a no-break space, an Ã
 * is left where spaces were trimmed.
 */
export function mendMojibake(text: string, encoding: MisreadEncoding): string {
  const bytes = bytesOf(encoding);
  let mended = '';
  let run: number[] = [];
  let plain = '';
  const flush = () => {
    mended += run.length < 2 ? plain : (decode(run) ?? plain);
    run = [];
    plain = '';
  };
  for (const character of text) {
    const byte = bytes.get(character);
    if (byte === undefined) {
      flush();
      mended += character;
    } else {
      run.push(byte);
      plain += character;
    }
  }
  flush();
  return encoding === 'macintosh' ? mended : mended.replace(/(?<!\p{Lu})Ã(?=\s|$)/gu, 'à');
}

/** Decodes UTF-8; null when the bytes are none. */
function decode(bytes: readonly number[]): string | null {
  try {
    return UTF8.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}
