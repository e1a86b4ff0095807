import { fileURLToPath } from 'node:url';
import { readCliConfig } from './config.ts';
import { EXIT } from './faults.ts';
import { createProgram } from './program.ts';
import { report } from './report.ts';

/** Reads the repository's `.env` into the environment; what is set there already wins. */
function loadEnvironment(root: string): NodeJS.ProcessEnv {
  try {
    process.loadEnvFile(`${root}/.env`);
  } catch {
    // none, or not ours to read: then there is nothing of it
  }
  return process.env;
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
