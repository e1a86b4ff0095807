import { ApiClient, CERTIFICATE_HINT, readClientCertificate } from '@marquee/api-client';
import { readConfig, secret } from '@marquee/process';
import { type Environment, makeCommand } from '@marquee/stack';
import { z } from 'zod';
import { EmbeddedConfig } from '../config.ts';

const ClientConfig = z.object({
  ...EmbeddedConfig.pick({ TLS_CLIENT_CERT_FILE: true, TLS_CLIENT_KEY_FILE: true }).shape,
  MARQUEE_KEY: secret(z.string().optional()),
  API_ADMIN_KEY: secret(z.string().optional()),
});

/**
 * A client of the stack's API.
 *
 * @param env names the stack, and holds a key if it needs one, MARQUEE_KEY or API_ADMIN_KEY, and
 *   the files of a certificate
 */
export function createApiClient(
  url: string,
  env: Environment,
  signal: AbortSignal = new AbortController().signal,
): ApiClient {
  const { MARQUEE_KEY, API_ADMIN_KEY, ...files } = readConfig(ClientConfig, env);
  return new ApiClient({
    url,
    // while the admin key is changed, there are two
    key: MARQUEE_KEY ?? API_ADMIN_KEY?.split(',')[0],
    certificate: readClientCertificate(files),
    signal,
    hints: {
      unreachable: `Start the stack: ${makeCommand(env, 'up')}. To see what is running: ${makeCommand(env, 'ps')}`,
      unexpectedAnswer: 'The log of the API may say more. Or does another server listen there?',
      invalidKey: 'Check the key: KEY, MARQUEE_KEY or API_ADMIN_KEY.',
      problem: ({ code, hint }) => {
        if (code === 'client-certificate-required') return CERTIFICATE_HINT;
        return code === 'key-needed' ? keyHint(env) : (hint ?? null);
      },
    },
  });
}

function keyHint(env: Environment): string {
  return `Give it an operator's key: ${makeCommand(env, 'update KEY=mq_…')}\nTo make one: ${makeCommand(env, 'key ROLE=operator NAME=me')}`;
}
