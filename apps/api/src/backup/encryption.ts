import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { UserError } from '@marquee/process';
import { Decrypter, Encrypter } from 'age-encryption';

/** How each file of age begins. */
const AGE_HEADER = Buffer.from('age-encryption.org/v1\n');

/**
 * A stream as only the holder of an identity can read it, as age encrypts it.
 *
 * @param recipient such as `age1…`; without one the stream stays as it is
 */
export async function encrypting(
  content: AsyncIterable<Uint8Array>,
  recipient: string | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  if (recipient === undefined) return content;
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return fromWeb(await encrypter.encrypt(toWeb(Readable.from(content, { objectMode: false }))));
}

/**
 * The content of a backup, decrypted if it is encrypted.
 *
 * @param identityFile of age, such as `age-keygen` writes: lines `AGE-SECRET-KEY-1…`
 * @throws UserError if there is no identity for it
 */
export async function decrypting(
  content: Readable,
  identityFile: string | undefined,
): Promise<Readable> {
  const peeked = await peek(content, AGE_HEADER.length);
  if (!peeked.start.equals(AGE_HEADER)) return peeked.content;
  if (identityFile === undefined)
    throw new UserError('The backup is encrypted.', {
      hint: 'Set BACKUP_IDENTITY_FILE to the file with the identity of its recipient, a line AGE-SECRET-KEY-1….',
      code: 'encrypted',
    });
  const decrypter = new Decrypter();
  for (const line of (await readFile(identityFile, 'utf8')).split('\n'))
    if (line.trim().startsWith('AGE-SECRET-KEY-')) decrypter.addIdentity(line.trim());
  try {
    return fromWeb(await decrypter.decrypt(toWeb(peeked.content)));
  } catch (cause) {
    throw new UserError('The backup is encrypted for another identity.', {
      hint: `BACKUP_IDENTITY_FILE is ${identityFile}: it needs the identity of the recipient of this backup.`,
      code: 'encrypted',
      cause,
    });
  }
}

function toWeb(content: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(content);
}

function fromWeb(content: ReadableStream<Uint8Array>): Readable {
  return Readable.fromWeb(content as Parameters<typeof Readable.fromWeb>[0]);
}

/** The first bytes of a stream, and the whole stream. */
async function peek(
  content: Readable,
  length: number,
): Promise<{ start: Buffer; content: Readable }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // the stream goes on after these chunks
  const start = content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of start) {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes >= length) break;
  }
  const whole = async function* () {
    yield* chunks;
    yield* content as AsyncIterable<Buffer>;
  };
  return {
    start: Buffer.concat(chunks).subarray(0, length),
    content: Readable.from(whole(), { objectMode: false }),
  };
}
