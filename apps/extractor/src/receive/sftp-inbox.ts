import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Provider, ProviderSftp } from '@marquee/snapshots/providers';
import SftpClient from 'ssh2-sftp-client';
import type { Announcement, Outcome } from './announcement.ts';
import { takeFile, type Receiving } from './take-file.ts';

/** A provider with an SFTP inbox. */
export interface SftpProvider extends Provider {
  readonly sftp: ProviderSftp;
}

const CONNECT_MS = 20_000;

/** Names that programs give to files while they upload them. */
const UNFINISHED = /^\.|\.(part|partial|filepart|tmp|crdownload|swp)$/iu;

/** A file in an inbox, as the server lists it. */
interface Listed {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Takes the files of a folder that an SFTP server has. */
export class SftpInbox {
  readonly #provider: SftpProvider;
  readonly #receiving: Receiving;
  /** The files of the last scan: one is taken when it has stayed as it was. */
  #last = new Map<string, string>();
  /** The files, with their versions, about which nothing is left to do. */
  readonly #settled = new Map<string, string>();

  constructor(provider: SftpProvider, receiving: Receiving) {
    this.#provider = provider;
    this.#receiving = receiving;
  }

  /**
   * Scans the folder once: takes each file that has not changed since the last scan, and removes it
   * after the commit if the provider wants that.
   *
   * @returns how many files were taken, or found to be taken before
   * @throws when the server does not answer, is another one, or refuses the user
   */
  async scan(): Promise<number> {
    const { sftp } = this.#provider;
    const client = await connect(sftp);
    try {
      const files = await list(client, sftp.folder);
      const before = this.#last;
      this.#last = new Map(files.map((file) => [file.key, versionOf(file)]));
      const retried = await this.#retried();
      let taken = 0;
      for (const file of files) {
        const { key } = file;
        const version = versionOf(file);
        const retriedBy = retried.get(key) ?? null;
        if (before.get(key) !== version) continue;
        if (this.#settled.get(key) === version && retriedBy === null) continue;
        const outcome = await this.#take(client, file, retriedBy);
        if (outcome.kind === 'wait') continue;
        if (outcome.kind === 'done') {
          taken += 1;
          if (sftp.remove) await client.delete(key, true);
        }
        this.#settled.set(key, version);
      }
      return taken;
    } finally {
      await client.end();
    }
  }

  async #take(client: SftpClient, file: Listed, retriedBy: string | null): Promise<Outcome> {
    const { key, bytes } = file;
    const announcement: Announcement = {
      place: placeOf(this.#provider.sftp),
      key,
      version: versionOf(file),
      sequence: new Date(file.modifiedMs).toISOString(),
      announcedAt: new Date(file.modifiedMs),
      bytes,
    };
    let closed: Promise<unknown> = Promise.resolve();
    const open = () => {
      const stream = client.createReadStream(key);
      // until the server has closed the file, the connection must not end
      closed = once(stream, 'close').catch(() => undefined);
      return stream;
    };
    try {
      return await takeFile(
        this.#receiving,
        { provider: this.#provider, announcement, retriedBy },
        { size: async () => Promise.resolve(bytes), open },
      );
    } finally {
      await closed;
    }
  }

  /** By key, who wants a failed file to be read again. */
  async #retried(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#receiving.pool.query<{ key: string; by: string }>(
      `select key, retried_by as by from sources.announcement
       where place = $1::text and state = 'waiting' and retried_by is not null
       order by id limit 1000`,
      [placeOf(this.#provider.sftp)],
    );
    return new Map(rows.map(({ key, by }) => [key, by]));
  }
}

function placeOf({ host, port }: ProviderSftp): string {
  return `sftp://${host}:${port}`;
}

function versionOf({ bytes, modifiedMs }: Listed): string {
  return `${bytes} ${modifiedMs}`;
}

async function connect(sftp: ProviderSftp): Promise<SftpClient> {
  const { host, port, username, password, privateKeyFile, hostKey } = sftp;
  // without listeners, the library writes to stdout; what fails is thrown all the same
  const client = new SftpClient('marquee', { error: IGNORE, end: IGNORE, close: IGNORE });
  await client.connect({
    host,
    port,
    username,
    ...(password !== undefined && { password }),
    ...(privateKeyFile !== undefined && { privateKey: await readFile(privateKeyFile) }),
    readyTimeout: CONNECT_MS,
    // before the password is sent
    hostVerifier: (key: Buffer) => fingerprintOf(key) === hostKey,
  });
  return client;
}

const IGNORE = () => undefined;

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/u, '')}`;
}

/** The finished files of a folder, the oldest first. */
async function list(client: SftpClient, folder: string): Promise<Listed[]> {
  const entries = await client.list(folder);
  return entries
    .filter(({ type, name }) => type === '-' && !UNFINISHED.test(name))
    .map(({ name, size, modifyTime }) => ({
      key: posix.join(folder, name),
      bytes: size,
      modifiedMs: modifyTime,
    }))
    .sort((a, b) => a.modifiedMs - b.modifiedMs || (a.key < b.key ? -1 : 1));
}
