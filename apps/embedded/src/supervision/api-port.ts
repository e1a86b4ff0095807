import { isFree, portTaken, tryListening } from '@marquee/process';
import type { Config } from '../config.ts';
import { UserError } from '../user-error.ts';

/** What the system says where an address is not one of this machine. */
const ADDRESS_ERRORS = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'];

type Ports = Pick<Config, 'apiHost' | 'apiPort' | 'postgresPort'>;

/**
 * The port on which the API is going to listen: the one that is set, or a free one where that is 0.
 *
 * @throws UserError where nothing can listen there now, naming the variable that is to be changed,
 *   and PostgreSQL's too where its port is taken as well. That one alone is PostgreSQL's to report,
 *   which first ends what an earlier one may have left on it
 */
export async function findApiPort(ports: Ports): Promise<number> {
  const tried = await tryListening(ports.apiPort, ports.apiHost);
  if ('port' in tried) return tried.port;
  throw new UserError((await portFaults(ports)).join('\n'), { cause: tried.fault });
}

/** Why the API and PostgreSQL cannot listen on their ports now, a sentence for each that cannot. */
export async function portFaults({ apiHost, apiPort, postgresPort }: Ports): Promise<string[]> {
  const tried = await tryListening(apiPort, apiHost);
  const api = 'fault' in tried ? [describeFault(tried.fault, apiHost, apiPort)] : [];
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
    return `Port ${port} of ${host}, which the API is to listen on, may not be used by this user (EACCES). Set API_PORT to a port above 1023.`;
  if (!ADDRESS_ERRORS.includes(code))
    return `The API cannot listen on port ${port} of ${host} (API_PORT, API_HOST): ${message}.`;
  return `API_HOST is ${host}, which is no address of this machine (${code}). Set it to one, such as 127.0.0.1, where only this machine reaches the API.`;
}
