import { readCliConfig } from '../config.ts';
import { createProgram } from '../program.ts';
import { report } from '../report.ts';
import { serveApi, type AnswersByPath, type ServedApi } from './served-api.ts';
import { catchOutput } from './terminal.ts';

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** Of the terminal; there is none when left out. */
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly api: ServedApi;
}

/** Runs a command line in this process, against an API that answers so. */
export async function marquee(
  answers: AnswersByPath,
  args: readonly string[],
  { env = {}, columns, signal = new AbortController().signal }: Surroundings = {},
): Promise<Ended> {
  const api = await serveApi(answers);
  const written = catchOutput(columns);
  const all = { MARQUEE_URL: api.url, DATA_DIR: '/no/stack', ...env };
  const surroundings = { config: readCliConfig(all), root: '/repository', env: all, signal };
  let code = 0;
  try {
    await createProgram(surroundings, (given) => {
      code = given;
    }).parseAsync([...args], { from: 'user' });
  } catch (error) {
    code = report(error, signal.aborted, args.includes('--json'));
  }
  return { code, ...written, api };
}
