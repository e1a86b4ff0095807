import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseEnv } from 'node:util';
import {
  type Environment,
  isSetting,
  knownSettings,
  settingsFile,
  type StackPaths,
} from '@marquee/stack';
import { makeDataFolder } from '../supervision/data-folder.ts';

const HEADER =
  '# Settings of the stack on this folder. They win over those in the .env of the repository.\n';

/**
 * Writes the settings that were given to make into the settings file of the data folder, so that
 * later commands on that folder need only its name: `make up DATA_DIR=data/second API_PORT=3100`.
 *
 * Only what stands on make's command line is kept: the environment may hold secrets and settings of
 * other programs. Without a `DATA_DIR` nothing is kept: `.env` configures that stack.
 */
export function keepGivenSettings({ root, env, paths }: StackPaths): void {
  const given = givenToMake(env);
  if (!given.includes('DATA_DIR')) return;
  const known = knownSettings(root);
  const names = given.filter((name) => name !== 'DATA_DIR' && isSetting(known, name));
  const file = settingsFile(paths.data);
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : HEADER;
  const { ...values } = parseEnv(kept);
  const changed = names.filter((name) => values[name] !== env[name]);
  if (changed.length === 0) return;
  makeDataFolder(paths);
  writeFileSync(file, withSettings(kept, changed, env), { mode: 0o600 });
  console.log(`Kept in ${relative(root, file)}: ${changed.join(', ')}`);
}

/** The variables on make's command line. It passes them on as `… -- API_PORT=3100 DATA_DIR=data/b`. */
function givenToMake({ MAKEFLAGS: flags = '' }: Environment): string[] {
  const [, overrides = ''] = / ?-- (.*)$/su.exec(flags) ?? [];
  return [...overrides.matchAll(/(?<=^| )(\w+)=/gu)].map(([, name = '']) => name);
}

/** The text of a settings file with new values: in the lines that set them, or at the end. */
function withSettings(text: string, names: readonly string[], env: Environment): string {
  return names.reduce(
    (lines, name) => {
      const line = `${name}=${quotedValue(env[name] ?? '')}`;
      const old = new RegExp(`^${name}=.*$`, 'mu');
      return old.test(lines) ? lines.replace(old, () => line) : `${lines}${line}\n`;
    },
    text.endsWith('\n') ? text : `${text}\n`,
  );
}

/** A value as it stands in a settings file. Quotes keep spaces and `#`. */
function quotedValue(value: string): string {
  if (/^[\w./:@,+-]*$/u.test(value)) return value;
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark)) ?? '"';
  return `${quote}${value}${quote}`;
}
