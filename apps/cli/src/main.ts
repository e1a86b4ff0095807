import { fileURLToPath } from 'node:url';
import { readCliConfig } from './context/config.ts';
import { EXIT } from './context/errors.ts';
import { reportError } from './error-report.ts';
import { createProgram } from './program.ts';

/** Reads the repository's `.env` into the environment. Variables that are already set win. */
function loadEnvironment(root: string): NodeJS.ProcessEnv {
  try {
    process.loadEnvFile(`${root}/.env`);
  } catch {
    // missing, or not readable by this user: it sets nothing
  }
  return process.env;
}

const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/u, '');
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());
// a reader such as head may close the pipe early, which is no error; the exit code so far stays
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
  process.exitCode = reportError(
    error,
    interruption.signal.aborted,
    process.argv.includes('--json'),
  );
}
