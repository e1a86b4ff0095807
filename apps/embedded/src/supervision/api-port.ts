import { isFree, portTaken, tryListening, UserError } from '@marquee/process';
import type { Config } from '../config.ts';

/** The errors that the system reports for an address of another machine. */
const ADDRESS_ERRORS = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'];

type Ports = Pick<Config, 'apiHost' | 'apiPort' | 'postgresPort'>;

/**
 * The port for the API: the configured one, or a free one if that is 0.
 *
 * PostgreSQL's port is reported only beside a fault of the API's. Alone, PostgreSQL reports it
 * itself, after it has stopped an earlier server that may occupy the port.
 *
 * @throws UserError naming the variable to change, if the API cannot listen there
 */
export async function findApiPort(ports: Ports): Promise<number> {
  const attempt = await tryListening(ports.apiPort, ports.apiHost);
  if ('port' in attempt) return attempt.port;
  throw new UserError((await portFaults(ports)).join('\n'), { cause: attempt.fault });
}

/** Why the API and PostgreSQL cannot listen on their ports: a sentence for each that cannot. */
export async function portFaults({ apiHost, apiPort, postgresPort }: Ports): Promise<string[]> {
  const attempt = await tryListening(apiPort, apiHost);
  const api = 'fault' in attempt ? [describeFault(attempt.fault, apiHost, apiPort)] : [];
  return (await isFree(postgresPort))
    ? api
    : [...api, portTaken('PostgreSQL', postgresPort, 'POSTGRES_PORT')];
}

function describeFault(
  { code = '', message }: NodeJS.ErrnoException,
  host: string,
  port: number,
): string {
  if (code === 'EADDRINUSE') return portTaken('the API', port, 'API_PORT', host);
  if (code === 'EACCES')
    return `This user may not listen on port ${port} of ${host} (EACCES), which is configured for the API. Set API_PORT to a port above 1023.`;
  if (!ADDRESS_ERRORS.includes(code))
    return `The API cannot listen on port ${port} of ${host} (API_PORT, API_HOST): ${message}.`;
  return `API_HOST is ${host}, which is no address of this machine (${code}). Set it to one of its addresses; with 127.0.0.1 only this machine can reach the API.`;
}
