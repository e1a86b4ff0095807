import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { AFTER_HANDSHAKE, currentSecret } from '@marquee/process';
import { AbstractConnector, type RedisOptions } from 'ioredis';

/** The longest pause between two attempts to connect. */
const MAX_PAUSE_MS = 2000;
/** How long the end of a connection may take, as ioredis has it. */
const MAX_END_MS = 2000;

type Connector = NonNullable<RedisOptions['Connector']>;

/** What we set of ioredis' options. */
interface OurOptions {
  readonly url: string;
  readonly tls?: object;
  readonly Connector?: Connector;
  retryStrategy(this: RedisOptions, attempts: number): number;
}

/**
 * How to connect to a Redis: with the password as the file of the setting has it at each connection,
 * and over TLS with `rediss:`.
 *
 * @param configured the URL; `rediss://…?sslrootcert=…&sslcert=…&sslkey=…` names the CA and the
 *   client's certificate, and always verifies the server
 */
export function redisOptions(configured: string): OurOptions {
  return {
    url: currentSecret(configured),
    ...(configured.startsWith('rediss:') && { tls: {}, Connector: tlsConnector(configured) }),
    // ioredis calls it on its options, before it connects again with them
    retryStrategy(attempts) {
      const { username, password } = new URL(currentSecret(configured));
      this.username = decodeURIComponent(username);
      this.password = decodeURIComponent(password);
      return Math.min(attempts * 50, MAX_PAUSE_MS);
    },
  };
}

/** Connects over TLS, with certificates as their files have them at each connection. */
function tlsConnector(url: string): Connector {
  const { hostname, port, searchParams } = new URL(url);
  const file = (name: string) => {
    const path = searchParams.get(name);
    return path === null ? undefined : readFileSync(path);
  };
  return class extends AbstractConnector {
    constructor() {
      super(MAX_END_MS);
    }

    override async connect(): Promise<ReturnType<typeof connect>> {
      this.connecting = true;
      const stream = connect({
        host: hostname.replace(/^\[|\]$/gu, ''),
        port: Number(port === '' ? 6379 : port),
        ca: file('sslrootcert'),
        cert: file('sslcert'),
        key: file('sslkey'),
      });
      // to end a handshake is an error, which comes after ioredis has stopped to listen
      stream.on('error', (error: Error) => {
        // a server that misses a certificate ends what it has agreed to, often before it says why
        if (stream.authorized && !searchParams.has('sslcert')) error.message += AFTER_HANDSHAKE;
      });
      this.stream = stream;
      return Promise.resolve(stream);
    }
  };
}
