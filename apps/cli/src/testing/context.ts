import { type Context, makeContext } from '../context/context.ts';

/** The context of a command that uses this API. */
export function contextOf(
  url: string,
  {
    env = {},
    root = '/repository',
  }: { env?: Readonly<Record<string, string>>; root?: string } = {},
): Context {
  const all = { MARQUEE_URL: url, DATA_DIR: '/no/stack', ...env };
  const signal = new AbortController().signal;
  return makeContext({ root, env: all, signal }, { input: true });
}
