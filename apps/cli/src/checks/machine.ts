import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { knownSettings, unknownNames } from '@marquee/stack/settings';
import { counted } from '@marquee/terminal/format';
import { MIN_PSQL_MAJOR, psqlMajor } from '@marquee/terminal/sql';
import type { Context } from '../context/context.ts';
import { type Check, fail, ok, warn } from './check.ts';

const MIN_NODE_MAJOR = 24;

export function checkNode(): Check[] {
  const { node } = process.versions;
  if (Number.parseInt(node) >= MIN_NODE_MAJOR) return [ok('node', `Node ${node}`)];
  return [
    fail(
      'node',
      `Node ${node}; ${MIN_NODE_MAJOR} or newer is needed`,
      'Install a newer one, or let make download it: make build',
    ),
  ];
}

/**
 * Warns of variables in `.env` that nothing reads: most are misspelt. Wrong values are reported by
 * the apps when they start.
 */
export function checkConfiguration({ root, config, env, makeCommand }: Context): Check[] {
  const known = knownSettings(root);
  const file = readEnvFile(join(root, '.env'));
  if (file === null) return [ok('configuration', `no .env; ${environmentSummary(known, env)}`)];
  const unknown = unknownNames(known, file);
  if (unknown.length > 0)
    return [
      warn(
        'configuration',
        `.env sets ${unknown.join(', ')}, which nothing reads`,
        'Is it spelled as in .env.example?',
      ),
    ];
  const isOpen = !['127.0.0.1', 'localhost', '::1', ''].includes(file['API_HOST'] ?? '');
  if (isOpen && file['API_HOST'] !== undefined && config.API_ADMIN_KEY === undefined) {
    return [
      warn(
        'configuration',
        `.env lets other machines reach the API (API_HOST=${file['API_HOST']}), without an API_ADMIN_KEY`,
        `Make a key, so that somebody can start runs: ${makeCommand('key ROLE=admin NAME=me')}`,
      ),
    ];
  }
  const size = Object.values(file).filter((value) => value !== '').length;
  return [ok('configuration', `.env sets ${counted(size, 'variable')}, all known`)];
}

/** The variables that the environment sets. Proxies are left out: they concern other programs too. */
function environmentSummary(known: readonly string[], env: Context['env']): string {
  const names = known.filter((name) => (env[name] ?? '') !== '' && !/_proxy$/iu.test(name)).sort();
  return names.length === 0 ? 'all defaults' : `the environment sets ${names.join(', ')}`;
}

/** Checks the processes of the embedded stack, if it is the one in use. */
export function checkStack({ stack, makeCommand }: Context): Check[] {
  if (stack === null) return [];
  const broken = stack.processes.filter(({ state }) => state !== 'running');
  if (broken.length === 0)
    return [
      ok(
        'stack',
        `embedded, on ${stack.data}: ${stack.processes.map(({ name }) => name).join(', ')}`,
      ),
    ];
  const isFailed = broken.some(({ state }) => ['failed', 'stopped'].includes(state));
  return [
    (isFailed ? fail : warn)(
      'stack',
      broken.map(({ name, state }) => `${name} is ${state}`).join(', '),
      `See ${makeCommand('ps')} and ${makeCommand('logs')}; ${makeCommand('restart')} restarts all.`,
    ),
  ];
}

/** Tells which program `marquee sql` opens: either is fine. */
export function checkPsql({ env }: Context): Check[] {
  const major = psqlMajor(env);
  const uses = 'marquee sql has a prompt of its own';
  if (major === null) return [ok('psql', `not installed; ${uses}`)];
  return [
    ok('psql', major < MIN_PSQL_MAJOR ? `psql ${major} is too old; ${uses}` : `psql ${major}`),
  ];
}

/** The variables of a file; null if it cannot be read. */
function readEnvFile(file: string): Record<string, string | undefined> | null {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
