import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Requirement } from '@marquee/process/testing';

interface Means {
  readonly isThere: () => boolean;
  /** What to do where it is not. */
  readonly remedy: string;
}

/** What some tests need beside npm's packages: they are skipped without it, and CI fails. */
export const REQUIREMENTS: Readonly<Record<Requirement, Means>> = {
  bash: { isThere: () => runs('bash', '--version'), remedy: 'apt-get install bash' },
  chromium: {
    isThere: () =>
      ['chromium', 'chromium-browser', 'google-chrome'].some((name) =>
        existsSync(`/usr/bin/${name}`),
      ),
    remedy: 'apt-get install chromium',
  },
  fish: { isThere: () => runs('fish', '--version'), remedy: 'apt-get install fish' },
  helm: {
    isThere: () => runs('helm', 'version'),
    remedy: 'see https://helm.sh/docs/intro/install',
  },
  moto: {
    // to run it takes seconds
    isThere: () => runs('sh', '-c', 'command -v moto_server'),
    remedy: "pip install 'moto[server]'",
  },
  prometheus: {
    isThere: () => runs('promtool', '--version'),
    remedy: 'apt-get install prometheus',
  },
  psql: {
    isThere: () => runs('psql', '--version'),
    remedy: 'apt-get install postgresql-client',
  },
  'real-data': {
    isThere: () => existsSync(join(import.meta.dirname, '../shared/data/imdb')),
    remedy: 'put real files into ../shared/data/imdb; their terms keep them out of the repository',
  },
  redis: {
    isThere: () => runs('redis-server', '--version'),
    remedy: 'apt-get install redis-server',
  },
  script: {
    isThere: () => runs('script', '-qec', 'true', '/dev/null'),
    remedy: 'apt-get install bsdutils',
  },
  sshd: {
    isThere: () => existsSync('/usr/sbin/sshd'),
    remedy: 'apt-get install openssh-server',
  },
  zsh: { isThere: () => runs('zsh', '--version'), remedy: 'apt-get install zsh' },
};

/** The requirements that this machine does not meet. */
export function findLacking(): Requirement[] {
  const names = Object.keys(REQUIREMENTS) as Requirement[];
  return names.filter((name) => !REQUIREMENTS[name].isThere());
}

function runs(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}
