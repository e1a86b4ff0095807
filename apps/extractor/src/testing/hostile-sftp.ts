import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ProviderSftp } from '@marquee/snapshots/providers';
import ssh2, { type FileEntry, type SFTPWrapper } from 'ssh2';

/** What a server does on each request, with the request's id and its connection. */
export interface HostileAnswers {
  readonly onList?: (sftp: SFTPWrapper, id: number, times: number) => void;
  readonly onRead?: (sftp: SFTPWrapper, id: number, offset: number, length: number) => void;
  readonly onClose?: (sftp: SFTPWrapper, id: number) => void;
}

const { OK, EOF } = ssh2.utils.sftp.STATUS_CODE;

/** An entry of a folder, which says that it is a file. */
export function entry(filename: string, attrs: Partial<FileEntry['attrs']> = {}): FileEntry {
  const usual = { mode: 0o100644, uid: 1, gid: 1, size: 20, atime: 1, mtime: 1 };
  return { filename, longname: `-rw-r--r-- ${filename}`, attrs: { ...usual, ...attrs } };
}

/** An SFTP server on loopback that lets in everybody and answers as a test says. */
export async function serveHostileSftp(answers: HostileAnswers) {
  // the library's own Ed25519 keys are sometimes malformed
  const { privateKey: hostKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    clients.add(client);
    // its types lack it
    (client as unknown as { setNoDelay(isOn: boolean): void }).setNoDelay(true);
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => serve(acceptSftp(), answers));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const print = createHash('sha256').update(parsed.getPublicSSH()).digest('base64');
  const sftp: ProviderSftp = {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    username: 'studio',
    password: 'a password of the test',
    hostKey: `SHA256:${print.replace(/=+$/u, '')}`,
    folder: '/inbox',
    remove: true,
  };
  return {
    sftp,
    stop() {
      for (const client of clients) client.end();
      server.close();
    },
  };
}

function serve(sftp: SFTPWrapper, { onList, onRead, onClose }: HostileAnswers): void {
  let times = 0;
  sftp.on('error', () => undefined);
  sftp.on('OPENDIR', (id) => sftp.handle(id, Buffer.from('folder')));
  sftp.on('OPEN', (id) => sftp.handle(id, Buffer.from('file')));
  sftp.on('FSTAT', (id) => sftp.attrs(id, entry('').attrs));
  sftp.on('REMOVE', (id) => sftp.status(id, OK));
  sftp.on('READDIR', (id) => {
    if (onList === undefined) sftp.status(id, EOF);
    else onList(sftp, id, times++);
  });
  sftp.on('READ', (id, _, offset, length) => {
    if (onRead === undefined) sftp.status(id, EOF);
    else onRead(sftp, id, offset, length);
  });
  sftp.on('CLOSE', (id) => (onClose === undefined ? sftp.status(id, OK) : onClose(sftp, id)));
}

/** Lists some entries, once. */
export function listOnce(...entries: readonly FileEntry[]): Required<HostileAnswers>['onList'] {
  return (sftp, id, times) => {
    if (times === 0) sftp.name(id, [...entries]);
    else sftp.status(id, EOF);
  };
}
