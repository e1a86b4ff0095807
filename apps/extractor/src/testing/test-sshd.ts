import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '@marquee/process';
import type { ProviderSftp } from '@marquee/snapshots/providers';

const run = promisify(execFile);

/** Debian's OpenSSH server on loopback, for the user of the tests, with a key of its own. */
export class TestSshd {
  /** How a provider reaches it; its folder is {@link folder}. */
  readonly sftp: ProviderSftp;
  readonly folder: string;
  readonly #server: ChildProcess;

  private constructor(server: ChildProcess, folder: string, sftp: ProviderSftp) {
    this.#server = server;
    this.folder = folder;
    this.sftp = sftp;
  }

  /** @param root an empty folder for keys, settings and the inbox */
  static async start(root: string): Promise<TestSshd> {
    const hostKey = join(root, 'host_key');
    const userKey = join(root, 'user_key');
    for (const path of [hostKey, userKey])
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
    await copyFile(`${userKey}.pub`, join(root, 'authorized_keys'));
    const folder = join(root, 'inbox');
    await mkdir(folder);
    const port = await freePort();
    const settings = join(root, 'sshd_config');
    await writeFile(
      settings,
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        `HostKey ${hostKey}`,
        `AuthorizedKeysFile ${join(root, 'authorized_keys')}`,
        `PidFile ${join(root, 'sshd.pid')}`,
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'PermitRootLogin prohibit-password',
        'Subsystem sftp internal-sftp',
      ].join('\n'),
    );
    // as root, it separates privileges in this folder, which its package makes at boot
    if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
    const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', settings], { stdio: 'ignore' });
    await untilListening(port);
    const { stdout } = await run('ssh-keygen', ['-l', '-f', `${hostKey}.pub`]);
    return new TestSshd(server, folder, {
      host: '127.0.0.1',
      port,
      username: userInfo().username,
      privateKeyFile: userKey,
      hostKey: stdout.split(' ')[1] ?? '',
      folder,
      remove: false,
    });
  }

  async stop(): Promise<void> {
    if (this.#server.exitCode !== null) return;
    this.#server.kill();
    await once(this.#server, 'exit');
  }
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
}
