import { ApiClient } from '@marquee/api-client';
import { type Environment, makeCommand } from '@marquee/stack';

/** A client of the stack's API. @param env names the stack, and holds the admin key if it has one */
export function createApiClient(
  url: string,
  env: Environment,
  signal: AbortSignal = new AbortController().signal,
): ApiClient {
  const key = env['API_ADMIN_KEY'];
  return new ApiClient({
    url,
    key: key === '' ? undefined : key,
    signal,
    hints: {
      unreachable: `Start the stack: ${makeCommand(env, 'up')}. To see what is running: ${makeCommand(env, 'ps')}`,
      unexpectedAnswer: 'The log of the API may say more. Or does another server listen there?',
      invalidKey: 'Check API_ADMIN_KEY.',
      problem: ({ hint }) => hint ?? null,
    },
  });
}
