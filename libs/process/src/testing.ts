import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inject, onTestFinished } from 'vitest';

/** Programs that some tests need beside npm packages; see vitest.requirements.ts. */
export type Requirement =
  | 'bash'
  | 'chromium'
  | 'fish'
  | 'helm'
  | 'moto'
  | 'prometheus'
  | 'psql'
  | 'real-data'
  | 'redis'
  | 'script'
  | 'sshd'
  | 'zsh';

declare module 'vitest' {
  interface ProvidedContext {
    /** The requirements that this machine lacks. In CI it lacks none. */
    lacking: readonly Requirement[];
  }
}

/** Whether to skip tests with this requirement: `it('…', { skip: lacks('psql') }, …)`. */
export function lacks(requirement: Requirement): boolean {
  return inject('lacking').includes(requirement);
}

/** Occupies a port of 127.0.0.1 until the end of the test. @returns the port */
export async function takePort(): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  return (other.address() as AddressInfo).port;
}
