import { portTaken, tryListening } from '@marquee/process';
import type { Config } from './config.ts';
import { Refusal } from './refusal.ts';

/** What the system says where an address is not one of this machine. */
const NOT_HERE = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'];

/**
 * The port on which the API is going to listen: the one that is set, or a free one where that is 0.
 *
 * @throws Refusal where nothing can listen there now, naming the variable that is to be changed
 */
export async function findApiPort({ apiHost, apiPort }: Pick<Config, 'apiHost' | 'apiPort'>): Promise<number> {
  const tried = await tryListening(apiPort, apiHost);
  if ('port' in tried) return tried.port;
  throw new Refusal(whyNot(tried.fault, apiHost, apiPort), { cause: tried.fault });
}

function whyNot({ code = '', message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return portTaken('the API', port, 'API_PORT', host);
  if (code === 'EACCES') return `Port ${port} of ${host}, which the API is to listen on, may not be used by this user (EACCES). Set API_PORT to a port above 1023.`;
  if (!NOT_HERE.includes(code)) return `The API cannot listen on port ${port} of ${host} (API_PORT, API_HOST): ${message}.`;
  return `API_HOST is ${host}, which is no address of this machine (${code}). Set it to one, such as 127.0.0.1, where only this machine reaches the API.`;
}
