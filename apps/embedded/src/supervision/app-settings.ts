import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { UserError } from '@marquee/process';
import type { Environment } from '@marquee/stack';

/** What any program reads of its system, and what messages of a stack need to name it. */
const FOR_ALL = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'],
  ...['NODE_ENV', 'NODE_OPTIONS', 'NODE_V8_COVERAGE', 'NO_COLOR', 'FORCE_COLOR'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['LD_LIBRARY_PATH', 'UV_THREADPOOL_SIZE'],
  ...['DATA_DIR', 'CHOSEN'],
]);

/** Variables of SDKs, and the settings whose use needs them. */
const OF_SDKS = [
  {
    prefix: 'AWS_',
    usedBy: ['SNAPSHOT_S3_URL', 'BACKUP_S3_URL', 'PROVIDERS_FILE', 'EVENTS_SINKS'],
  },
  { prefix: 'OTEL_', usedBy: ['OTEL_EXPORTER_OTLP_ENDPOINT'] },
] as const;

/** Prints the names in the schemas that modules export, by module. */
const LIST_NAMES = `
  const namesIn = async (file) => Object.values(await import(file)).flatMap((it) => Object.keys(it?.shape ?? {}));
  process.stdout.write(JSON.stringify(await Promise.all(process.argv.slice(1).map(namesIn))));`;

/**
 * The names of the variables that each app reads: those of the schema in its built config.js. A
 * process of its own reads them, as the modules would take 34 MB of this one for as long as it lives.
 *
 * @param root the repository
 * @throws UserError with the output of the process
 */
export async function readSettingNames<App extends string>(
  root: string,
  apps: readonly App[],
): Promise<ReadonlyMap<App, readonly string[]>> {
  const files = apps.map((app) => pathToFileURL(join(root, 'apps', app, 'dist/config.js')).href);
  const args = ['--input-type=module', '--eval', LIST_NAMES, ...files];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
    const names = JSON.parse(stdout) as string[][];
    return new Map(apps.map((app, i) => [app, names[i] ?? []]));
  } catch (error) {
    throw new UserError(
      `The settings of the services cannot be read: ${(error as Error).message.trim()}`,
      { hint: 'Build them again: make build', cause: error },
    );
  }
}

/**
 * The part of an environment that one app gets: its own settings, each also as the file that holds
 * it, and the variables of the system and of the SDKs in use. It has no secrets of other apps, so an
 * attacker who takes over one process learns that process's secrets alone.
 *
 * @param names the variables that the app reads
 */
export function ownSettings(env: Environment, names: readonly string[]): Environment {
  const own = new Set(names.flatMap((name) => [name, `${name}_FILE`]));
  const isSet = (name: string) => own.has(name) && (env[name] ?? '') !== '';
  const isOwn = (name: string) => {
    const sdk = OF_SDKS.find(({ prefix }) => name.startsWith(prefix));
    if (sdk !== undefined) return sdk.usedBy.some(isSet);
    return own.has(name) || FOR_ALL.has(name) || name.startsWith('LC_');
  };
  return Object.fromEntries(Object.entries(env).filter(([name]) => isOwn(name)));
}
