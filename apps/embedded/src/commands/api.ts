import { ApiClient } from '@marquee/api-client';
import { readConfig, secret } from '@marquee/process';
import { type Environment, makeCommand } from '@marquee/stack';
import { z } from 'zod';

const KeyConfig = z.object({
  MARQUEE_KEY: secret(z.string().optional()),
  API_ADMIN_KEY: secret(z.string().optional()),
});

/** A client of the stack's API. @param env names the stack, and holds a key if it needs one: MARQUEE_KEY, or API_ADMIN_KEY */
export function createApiClient(
  url: string,
  env: Environment,
  signal: AbortSignal = new AbortController().signal,
): ApiClient {
  const { MARQUEE_KEY, API_ADMIN_KEY } = readConfig(KeyConfig, env);
  return new ApiClient({
    url,
    // while the admin key is changed, there are two
    key: MARQUEE_KEY ?? API_ADMIN_KEY?.split(',')[0],
    signal,
    hints: {
      unreachable: `Start the stack: ${makeCommand(env, 'up')}. To see what is running: ${makeCommand(env, 'ps')}`,
      unexpectedAnswer: 'The log of the API may say more. Or does another server listen there?',
      invalidKey: 'Check the key: KEY, MARQUEE_KEY or API_ADMIN_KEY.',
      problem: ({ code, hint }) => (code === 'key-needed' ? keyHint(env) : (hint ?? null)),
    },
  });
}

function keyHint(env: Environment): string {
  return `Give it an operator's key: ${makeCommand(env, 'update KEY=mq_…')}\nTo make one: ${makeCommand(env, 'key ROLE=operator NAME=me')}`;
}
