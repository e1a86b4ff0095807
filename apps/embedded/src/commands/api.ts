import {
  ApiClient,
  CERTIFICATE_HINT,
  readClientCertificate,
  readOwnServer,
} from '@marquee/api-client';
import { readConfig, secret } from '@marquee/process';
import { type Environment, makeCommand } from '@marquee/stack';
import { z } from 'zod';
import { EmbeddedConfig, reachableAddress } from '../config.ts';

const ClientConfig = z.object({
  ...EmbeddedConfig.pick({
    API_HOST: true,
    TLS_CERT_FILE: true,
    TLS_CLIENT_CERT_FILE: true,
    TLS_CLIENT_KEY_FILE: true,
  }).shape,
  MARQUEE_KEY: secret(z.string().optional()),
  API_ADMIN_KEY: secret(z.string().optional()),
});

/**
 * A client of the stack's API. Over TLS it connects to this machine, and trusts the stack's
 * own certificate alone: its name need not resolve here, and its issuer need not be known.
 *
 * @param env names the stack, and holds a key if it needs one, MARQUEE_KEY or API_ADMIN_KEY, and
 *   the files of a certificate
 */
export function createApiClient(
  url: string,
  env: Environment,
  signal: AbortSignal = new AbortController().signal,
): ApiClient {
  const config = readConfig(ClientConfig, env);
  const { MARQUEE_KEY, API_ADMIN_KEY, API_HOST, TLS_CERT_FILE } = config;
  return new ApiClient({
    url,
    // while the admin key is changed, there are two
    key: MARQUEE_KEY ?? API_ADMIN_KEY?.split(',')[0],
    certificate: readClientCertificate(config),
    ...(url.startsWith('https:') &&
      TLS_CERT_FILE !== undefined && {
        server: readOwnServer(reachableAddress(API_HOST), TLS_CERT_FILE),
      }),
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
