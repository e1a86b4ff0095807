import { fileURLToPath } from 'node:url';
import { ConfigError } from '@marquee/process';
import { CommanderError } from 'commander';
import { readCliConfig } from './config.ts';
import { CliFault, EXIT } from './faults.ts';
import { createProgram } from './program.ts';

/** Reads the repository's `.env` into the environment; what is set there already wins. */
function loadEnvironment(root: string): NodeJS.ProcessEnv {
  try {
    process.loadEnvFile(`${root}/.env`);
  } catch {
    // none, or not ours to read: then there is nothing of it
  }
  return process.env;
}

/** Tells of an error, and answers with its exit code. */
function report(error: unknown, isInterrupted: boolean, isJson: boolean): number {
  // commander has told of its own already
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CliFault) {
    if (isJson)
      console.error(
        JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } }),
      );
    else console.error([error.message, error.hint].filter(Boolean).join('\n'));
    return error.exitCode;
  }
  if (isInterrupted || (error instanceof Error && error.name === 'ExitPromptError'))
    return EXIT.interrupted;
  console.error(error instanceof ConfigError ? error.message : error);
  return EXIT.failed;
}

const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/u, '');
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());
// whoever reads what we write may have seen enough, as head does; what has failed by then has
// failed all the same
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? process.exitCode : EXIT.failed),
  );

try {
  const env = loadEnvironment(root);
  const program = createProgram(
    { config: readCliConfig(env), root, env, signal: interruption.signal },
    (code) => {
      process.exitCode = code;
    },
  );
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, interruption.signal.aborted, process.argv.includes('--json'));
}
