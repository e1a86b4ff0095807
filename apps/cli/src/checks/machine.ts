import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Context } from '../context.ts';
import { fail, warn, well, type Check } from './check.ts';

const LEAST_NODE = 24;

/** What the command line itself reads, and is no setting of the stack. */
const OWN_SETTINGS = ['MARQUEE_URL', 'MARQUEE_KEY', 'DATABASE_URL', 'NO_COLOR', 'CI'];

export function checkNode(): Check[] {
  const { node } = process.versions;
  if (Number.parseInt(node) >= LEAST_NODE) return [well('node', `Node ${node}`)];
  return [
    fail(
      'node',
      `Node ${node}; ${LEAST_NODE} or newer is needed`,
      'Install a newer one, or let make fetch it: make build',
    ),
  ];
}

/**
 * Names in `.env` that nothing reads are mostly slips; what is wrong with values, the apps say when
 * they start.
 */
export function checkConfiguration({ root, config, make }: Context): Check[] {
  const given = settingsIn(join(root, '.env'));
  if (given === null) return [well('configuration', 'no .env: all defaults')];
  const known = Object.keys(settingsIn(join(root, '.env.example')) ?? {});
  const unknown = Object.keys(given).filter(
    (name) => !known.includes(name) && !OWN_SETTINGS.includes(name) && !name.startsWith('COMPOSE_'),
  );
  if (unknown.length > 0)
    return [
      warn(
        'configuration',
        `.env sets ${unknown.join(', ')}, which nothing reads`,
        'Is it spelled as in .env.example?',
      ),
    ];
  const isOpen = !['127.0.0.1', 'localhost', '::1', ''].includes(given['API_HOST'] ?? '');
  if (isOpen && given['API_HOST'] !== undefined && config.API_ADMIN_KEY === undefined) {
    return [
      warn(
        'configuration',
        `.env lets others reach the API (API_HOST=${given['API_HOST']}), and has no API_ADMIN_KEY`,
        `Make a key, so that somebody can start runs: ${make('key ROLE=admin NAME=me')}`,
      ),
    ];
  }
  return [
    well(
      'configuration',
      `.env sets ${Object.values(given).filter((value) => value !== '').length} variables, all known`,
    ),
  ];
}

/** The embedded stack's processes, where it is the one that is asked. */
export function checkStack({ stack, make }: Context): Check[] {
  if (stack === null) return [];
  const broken = stack.processes.filter(({ state }) => state !== 'running');
  if (broken.length === 0)
    return [
      well(
        'stack',
        `embedded, on ${stack.data}: ${stack.processes.map(({ name }) => name).join(', ')}`,
      ),
    ];
  const isFailed = broken.some(({ state }) => ['failed', 'stopped'].includes(state));
  return [
    (isFailed ? fail : warn)(
      'stack',
      broken.map(({ name, state }) => `${name} is ${state}`).join(', '),
      `See ${make('ps')} and ${make('logs')}; ${make('restart')} starts all anew.`,
    ),
  ];
}

export function checkPsql(): Check[] {
  const { error, stdout } = spawnSync('psql', ['--version'], { encoding: 'utf8' });
  if (!error) return [well('psql', stdout.trim())];
  return [
    warn(
      'psql',
      'psql is not installed; marquee sql needs it',
      'Debian: apt install postgresql-client; macOS: brew install libpq',
    ),
  ];
}

function settingsIn(file: string): Record<string, string | undefined> | null {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
