import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '@marquee/stack/settings';
import { CommanderError } from 'commander';
import { EXIT } from './exit.ts';
import { createProgram, isJsonAsked } from './program.ts';

/**
 * The folder of the repository: the one that this program is in, or for an installed program the
 * current one, so that it finds the stack of a checkout from within it.
 */
function findRoot(): string {
  const repository = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/u, '');
  return existsSync(`${repository}/apps/cli/package.json`) ? repository : process.cwd();
}

/** The environment with the settings files. Those that this user cannot read set nothing. */
function loadEnvironment(root: string): NodeJS.ProcessEnv {
  try {
    return loadSettings(root);
  } catch {
    return process.env;
  }
}

const root = findRoot();
const args = process.argv.slice(2);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());
// a reader such as head may close the pipe early, which is no error; the exit code so far stays
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? process.exitCode : EXIT.failed),
  );

try {
  const program = await createProgram(
    { root, env: loadEnvironment(root), signal: interruption.signal },
    (code) => {
      process.exitCode = code;
    },
    args,
  );
  await program.parseAsync();
} catch (error) {
  // help and version end so too, and need nothing else to be loaded
  if (!(error instanceof CommanderError && error.exitCode === 0)) {
    const { reportError } = await import('./error-report.ts');
    process.exitCode = reportError(error, interruption.signal.aborted, isJsonAsked(args));
  }
}
