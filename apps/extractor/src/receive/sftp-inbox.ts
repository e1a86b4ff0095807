import type { Provider, ProviderSftp } from '@marquee/snapshots/providers';
import type { Announcement, Outcome } from './announcement.ts';
import { SftpConnection, SftpError, type Listed, type SftpLimits } from './sftp-connection.ts';
import { takeFile, type Receiving } from './take-file.ts';

/** A provider with an SFTP inbox. */
export interface SftpProvider extends Provider {
  readonly sftp: ProviderSftp;
}

/** Takes the files of a folder that an SFTP server has. */
export class SftpInbox {
  readonly #provider: SftpProvider;
  readonly #receiving: Receiving;
  readonly #limits: SftpLimits;
  /** The files of the last scan: one is taken when it has stayed as it was. */
  #last = new Map<string, string>();
  /** The files, with their versions, about which nothing is left to do. */
  readonly #settled = new Map<string, string>();

  constructor(provider: SftpProvider, receiving: Receiving, limits: SftpLimits = {}) {
    this.#provider = provider;
    this.#receiving = receiving;
    this.#limits = limits;
  }

  /**
   * Scans the folder once: takes each file that has not changed since the last scan, and removes it
   * after the commit if the provider wants that.
   *
   * @returns how many files were taken, or found to be taken before
   * @throws when the server does not answer, is another one, or refuses the user; SftpError, after the
   *   other files, for those that cannot be taken whatever they hold
   */
  async scan(): Promise<number> {
    const { sftp } = this.#provider;
    const server = await SftpConnection.open(sftp, this.#receiving.signal, this.#limits);
    try {
      const { files, fault } = await server.list(sftp.folder);
      const before = this.#last;
      this.#last = new Map(files.map((file) => [file.key, versionOf(file)]));
      for (const key of this.#settled.keys()) if (!this.#last.has(key)) this.#settled.delete(key);
      const retried = await this.#retried();
      let taken = 0;
      for (const file of files) {
        const { key } = file;
        const version = versionOf(file);
        const retriedBy = retried.get(key) ?? null;
        if (before.get(key) !== version) continue;
        if (this.#settled.get(key) === version && retriedBy === null) continue;
        const outcome = await this.#take(server, file, retriedBy);
        if (outcome.kind === 'wait') continue;
        if (outcome.kind === 'done') {
          taken += 1;
          if (sftp.remove) await server.remove(key);
        }
        this.#settled.set(key, version);
      }
      if (fault !== null) throw new SftpError(fault);
      return taken;
    } finally {
      await server.close();
    }
  }

  async #take(server: SftpConnection, file: Listed, retriedBy: string | null): Promise<Outcome> {
    const { key, bytes } = file;
    const announcement: Announcement = {
      place: placeOf(this.#provider.sftp),
      key,
      version: versionOf(file),
      sequence: new Date(file.modifiedMs).toISOString(),
      announcedAt: new Date(file.modifiedMs),
      bytes,
    };
    const open = () => server.read(key);
    try {
      return await takeFile(
        this.#receiving,
        { provider: this.#provider, announcement, retriedBy },
        { size: async () => Promise.resolve(bytes), open },
      );
    } finally {
      await server.released();
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
