import { type AnswersByPath, serveTestApi, type TestApi } from '@marquee/api-client/testing';
import { reportError } from '../error-report.ts';
import { createProgram, isJsonAsked } from '../program.ts';
import { captureOutput } from './terminal.ts';

interface MarqueeOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The width of the terminal; without it there is none. */
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

interface MarqueeResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly api: TestApi;
}

/** Runs a command line in this process, against an API with these answers. */
export async function marquee(
  answers: AnswersByPath,
  args: readonly string[],
  { env = {}, columns, signal = new AbortController().signal }: MarqueeOptions = {},
): Promise<MarqueeResult> {
  const api = await serveTestApi(answers);
  const written = captureOutput(columns);
  const all = { MARQUEE_URL: api.url, DATA_DIR: '/no/stack', ...env };
  const surroundings = { root: '/repository', env: all, signal };
  let code = 0;
  try {
    const onExit = (given: number) => {
      code = given;
    };
    const program = await createProgram(surroundings, onExit, args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    code = reportError(error, signal.aborted, isJsonAsked(args));
  }
  return { code, ...written, api };
}
