import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inject, onTestFinished } from 'vitest';

/** What some tests need beside npm's packages; vitest.requirements.ts says how to get it. */
export type Requirement = 'bash' | 'chromium' | 'psql' | 'real-data' | 'redis' | 'script';

declare module 'vitest' {
  interface ProvidedContext {
    /** The requirements that this machine does not meet. In CI there are none. */
    lacking: readonly Requirement[];
  }
}

/** Whether tests that need this are to be skipped: `it('…', { skip: lacks('psql') }, …)`. */
export function lacks(requirement: Requirement): boolean {
  return inject('lacking').includes(requirement);
}

/** Has another program listen on a port of 127.0.0.1 until the test has ended. @returns the port */
export async function takePort(): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  return (other.address() as AddressInfo).port;
}
