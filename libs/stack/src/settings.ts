import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { closest } from 'fastest-levenshtein';
import type { Environment } from './paths.ts';

/** Variables that only the command line or Compose reads, and no service. */
const OTHER_NAMES =
  /^(?:MARQUEE_(?:URL|KEY|KEY_FILE)|DATABASE_URL(?:_FILE)?|NO_COLOR|CI|COMPOSE_.*)$/u;

/** The settings file of the stack on a data folder, such as `data/second/settings.env`. */
export function settingsFile(data: string): string {
  return join(data, 'settings.env');
}

/**
 * Reads the settings files into the environment of this process: that of the data folder, then the
 * repository's `.env`. A variable that is set stays as it is, so the first source that has it wins.
 *
 * `DATA_DIR` chooses the settings file, so that file cannot set it.
 *
 * @throws if a file exists and cannot be read, as another user's
 */
export function loadSettings(root: string): NodeJS.ProcessEnv {
  const common = readSettings(join(root, '.env'));
  const data = process.env['DATA_DIR'] ?? common['DATA_DIR'];
  if (data !== undefined) process.env['DATA_DIR'] = data;
  const own = readSettings(
    settingsFile(resolve(root, data === undefined || data === '' ? 'data' : data)),
  );
  for (const [name, value] of Object.entries({ ...common, ...own }))
    if (name !== 'DATA_DIR') process.env[name] ??= value;
  return process.env;
}

/**
 * Reports the names in the settings files that nothing reads, each with the nearest setting, such as
 * `.env: SNAPSHOT_KEP is not a setting. Did you mean SNAPSHOT_KEEP?`
 */
export function unknownSettings(root: string, data: string): string[] {
  const known = knownSettings(root);
  return [join(root, '.env'), settingsFile(data)].flatMap((file) =>
    unknownNames(known, readSettings(file)).map(
      (name) =>
        `${relative(root, file)}: ${name} is not a setting. Did you mean ${closest(name, known)}?`,
    ),
  );
}

/** The names in a settings file that nothing reads: most are misspelt. @param known the settings */
export function unknownNames(known: readonly string[], settings: Environment): string[] {
  return Object.keys(settings).filter((name) => !isSetting(known, name) && !OTHER_NAMES.test(name));
}

/** Whether a name is that of a setting, or of the file of one that is a secret. */
export function isSetting(known: readonly string[], name: string): boolean {
  return known.includes(name) || known.includes(name.replace(/_FILE$/u, ''));
}

/** The names of all settings. */
export function knownSettings(root: string): string[] {
  return Object.keys(readSettings(join(root, '.env.example')));
}

function readSettings(file: string): Environment {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}
