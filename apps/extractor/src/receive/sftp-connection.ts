import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { ProviderSftp } from '@marquee/snapshots/providers';
import SftpClient from 'ssh2-sftp-client';

const CONNECT_MS = 20_000;
/** How long a server has for an answer. */
const ANSWER_MS = 60_000;
/** A folder is listed in up to so many answers' time. */
const LISTING_ANSWERS = 10;
/** The most names of a folder, of finished files and others. */
const MAX_NAMES = 100_000;
/** A key is indexed by the database, which takes 2,700 bytes. */
const MAX_NAME_BYTES = 1000;
/** SFTP's status at the end of a folder. */
const END = 1;

/** Names that programs give to files while they upload them. */
const UNFINISHED = /^\.|\.(part|partial|filepart|tmp|crdownload|swp)$/iu;

/** A file in an inbox, as the server lists it. */
export interface Listed {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** A folder. */
export interface Listing {
  /** The finished files, the oldest first. */
  readonly files: readonly Listed[];
  /** Says which of the listed names cannot be used; null if all can. */
  readonly fault: string | null;
}

/** A server does not do what SFTP says, or not in time. */
export class SftpError extends Error {
  override readonly name = 'SftpError';
}

/** An entry of a folder, as the protocol has it. */
interface Entry {
  readonly filename: string;
  readonly longname: string;
  readonly attrs: { readonly size?: number; readonly mtime?: number };
}

type Callback<T> = (error: Error | null | undefined, result: T) => void;

/** What the client holds of the library below it, which reads a folder in parts. */
interface Protocol {
  opendir(path: string, callback: Callback<Buffer>): void;
  readdir(handle: Buffer, callback: Callback<readonly Entry[]>): void;
  close(handle: Buffer, callback: Callback<undefined>): void;
}

/** How long a server may take, and how much it may list: tests set less. */
export interface SftpLimits {
  readonly answerMs?: number;
  readonly maxNames?: number;
}

/** A connection to an SFTP server, which is not trusted to answer. */
export class SftpConnection {
  readonly #client: SftpClient;
  readonly #socket: Socket;
  readonly #server: string;
  readonly #answerMs: number;
  readonly #maxNames: number;
  /** Until the server has closed its files, the connection must not end. */
  #closed: Promise<unknown> = Promise.resolve();

  private constructor(
    client: SftpClient,
    socket: Socket,
    server: string,
    { answerMs = ANSWER_MS, maxNames = MAX_NAMES }: SftpLimits,
  ) {
    this.#client = client;
    this.#socket = socket;
    this.#server = server;
    this.#answerMs = answerMs;
    this.#maxNames = maxNames;
  }

  /**
   * @param signal ends the connection, and all that waits for it
   * @throws if the server does not answer, is another one, or refuses the user
   */
  static async open(
    sftp: ProviderSftp,
    signal: AbortSignal,
    limits: SftpLimits = {},
  ): Promise<SftpConnection> {
    const { host, port, username, password, privateKeyFile, hostKey } = sftp;
    // without listeners, the library writes to stdout; what fails is thrown all the same
    const client = new SftpClient('marquee', { error: IGNORE, end: IGNORE, close: IGNORE });
    const privateKey = privateKeyFile === undefined ? undefined : await readFile(privateKeyFile);
    signal.throwIfAborted();
    const socket = connectSocket({ host, port, signal, noDelay: true }).on('error', IGNORE);
    try {
      await client.connect({
        sock: socket,
        username,
        ...(password !== undefined && { password }),
        ...(privateKey !== undefined && { privateKey }),
        readyTimeout: limits.answerMs ?? CONNECT_MS,
        // before the password is sent
        hostVerifier: (key: Buffer) => fingerprintOf(key) === hostKey,
      });
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return new SftpConnection(client, socket, `${host}:${port}`, limits);
  }

  /** @throws SftpError if the folder has too many names */
  async list(folder: string): Promise<Listing> {
    return this.#answered(this.#readFolder(folder), LISTING_ANSWERS);
  }

  /** The content of a file. */
  read(key: string): Readable {
    // else this failure would count as one of the file
    if (this.#socket.destroyed) throw new SftpError(`The connection to ${this.#server} has ended.`);
    const stream = this.#client.createReadStream(key);
    this.#closed = once(stream, 'close').catch(IGNORE);
    return Readable.from(this.#chunks(stream), { objectMode: false });
  }

  /** Waits until the server has closed the file that was read. @throws SftpError */
  async released(): Promise<void> {
    await this.#answered(this.#closed);
  }

  async remove(key: string): Promise<void> {
    await this.#answered(this.#client.delete(key, true));
  }

  async close(): Promise<void> {
    if (!this.#socket.destroyed) await this.#answered(this.#client.end()).catch(IGNORE);
    this.#socket.destroy();
  }

  async *#chunks(stream: Readable): AsyncGenerator<Buffer> {
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      for (;;) {
        const next = await this.#answered(chunks.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      stream.destroy();
    }
  }

  async #readFolder(folder: string): Promise<Listing> {
    const { sftp } = this.#client as unknown as { readonly sftp: Protocol };
    const handle = await promisify(sftp.opendir.bind(sftp))(folder);
    const readPart = promisify(sftp.readdir.bind(sftp));
    const files: Listed[] = [];
    const unusable: string[] = [];
    // a part without names counts too, so that there is an end
    for (let names = 0; ;) {
      const part = await readPart(handle).catch((error: unknown) => {
        if ((error as { code?: unknown }).code === END) return null;
        throw error;
      });
      if (part === null) break;
      names += Math.max(part.length, 1);
      if (names > this.#maxNames)
        throw new SftpError(
          `${folder} on ${this.#server} has more than ${this.#maxNames} names. Move files that are done, or have them removed: "remove" of the provider.`,
        );
      for (const entry of part) {
        if (!entry.longname.startsWith('-') || UNFINISHED.test(entry.filename)) continue;
        const file = fileOf(folder, entry);
        if (file === null) unusable.push(JSON.stringify(entry.filename.slice(0, 100)));
        else files.push(file);
      }
    }
    await promisify(sftp.close.bind(sftp))(handle);
    files.sort((a, b) => a.modifiedMs - b.modifiedMs || (a.key < b.key ? -1 : 1));
    return { files, fault: faultOf(unusable, `${folder} on ${this.#server}`) };
  }

  /** The result of work, unless the server takes too long: then the connection is ended. */
  async #answered<T>(work: Promise<T>, answers = 1): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new SftpError(`${this.#server} has not answered in time.`));
      this.#socket.destroy();
    }, this.#answerMs * answers);
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
      // it may fail after its time
      work.catch(IGNORE);
    }
  }
}

const IGNORE = () => undefined;

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/u, '')}`;
}

/** A listed file; null if its name, size or time is not valid. */
function fileOf(folder: string, { filename, attrs }: Entry): Listed | null {
  const { size, mtime } = attrs;
  const isName = !/[/\0]/u.test(filename) && Buffer.byteLength(filename) <= MAX_NAME_BYTES;
  if (!isName || !Number.isSafeInteger(size) || !Number.isSafeInteger(mtime)) return null;
  return { key: posix.join(folder, filename), bytes: size ?? 0, modifiedMs: (mtime ?? 0) * 1000 };
}

function faultOf(unusable: readonly string[], where: string): string | null {
  if (unusable.length === 0) return null;
  return `${where} has ${unusable.length} files that cannot be taken, such as ${unusable[0]}. Expected names of up to ${MAX_NAME_BYTES} bytes without "/" and NUL, sizes and times.`;
}
