import { readCliConfig } from '../config.ts';
import { makeContext, type Context } from '../context.ts';

/** What a command would work with that asks this API. */
export function contextOf(
  url: string,
  {
    env = {},
    root = '/repository',
  }: { env?: Readonly<Record<string, string>>; root?: string } = {},
): Context {
  const all = { MARQUEE_URL: url, DATA_DIR: '/no/stack', ...env };
  const signal = new AbortController().signal;
  return makeContext({ config: readCliConfig(all), root, env: all, signal }, { input: true });
}
