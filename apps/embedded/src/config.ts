import { join, resolve } from 'node:path';
import { ConfigError, count, logLevel, port, readConfig, url } from '@marquee/process';
import { dataPaths, type Environment, type StackPaths } from '@marquee/stack';
import { z } from 'zod';

/** The environment of the embedded stack. Its processes read further variables themselves. */
export const EmbeddedConfig = z.object({
  API_HOST: z.string().default('127.0.0.1').describe('an address of this machine'),
  API_PORT: port(3000),
  GRPC_PORT: port(3001),
  POSTGRES_PORT: port(5439),
  DATA_DIR: z.string().default('data').describe('a folder'),
  DATASETS_URL: url('http', 'https').default('https://datasets.imdbws.com/'),
  /** With a certificate, the API is reached by https, and by the first name that it has. */
  TLS_CERT_FILE: z.string().optional().describe('a path'),
  API_NAMES: z.string().optional().describe('host names separated by commas'),
  /** The certificate of commands, for an API that asks its clients for one. */
  TLS_CLIENT_CERT_FILE: z.string().optional().describe('a path'),
  TLS_CLIENT_KEY_FILE: z.string().optional().describe('a path'),
  /** Definitions of sources; by default `sources` in the data folder. */
  SOURCES_DIR: z.string().optional().describe('a folder'),
  /** Where `backups` is made; by default in the data folder. */
  BACKUP_DIR: z.string().optional().describe('a folder'),
  /** The private key of encrypted backups, for their restore only. */
  BACKUP_IDENTITY_FILE: z.string().optional().describe('a file with an identity of age'),
  LOG_LEVEL: logLevel(),
  /** The number of titles in the demo's sample. */
  DEMO_TITLES: count(50_000, { min: 1_000 }),
});

/** The whole configuration. */
export interface Config extends StackPaths {
  readonly apiHost: string;
  /** 0 takes a free port. */
  readonly apiPort: number;
  /** The name by which the API is reached over TLS; null without TLS. */
  readonly tlsName: string | null;
  /** 0 turns gRPC over HTTP/2 off. */
  readonly grpcPort: number;
  /** 0 takes a free port. */
  readonly postgresPort: number;
  readonly datasetsUrl: string;
  /** The folder of definitions of sources, such as `/home/ada/marquee/data/sources`. */
  readonly sourcesDir: string;
  /** The folder in which `backups` is made, such as `/home/ada/marquee/data`. */
  readonly backupDir: string;
  readonly logLevel: string;
  readonly demoTitles: number;
}

/** Reads only the paths, so that it works with faults in the rest of the configuration. */
export function readStackPaths(env: Environment, root: string): StackPaths {
  const { DATA_DIR: data } = readConfig(EmbeddedConfig.pick({ DATA_DIR: true }), env);
  return { root, env, paths: dataPaths(resolve(root, data)) };
}

/** @throws ConfigError naming each variable that is wrong */
export function readEmbeddedConfig(env: Environment, root: string): Config {
  const values = readConfig(EmbeddedConfig, env);
  if (values.API_PORT === values.POSTGRES_PORT && values.API_PORT !== 0) {
    throw ConfigError.listing([
      `API_PORT and POSTGRES_PORT are both ${values.API_PORT}: expected two different ports`,
    ]);
  }
  const stackPaths = readStackPaths(env, root);
  return {
    ...stackPaths,
    apiHost: values.API_HOST,
    apiPort: values.API_PORT,
    tlsName:
      values.TLS_CERT_FILE === undefined
        ? null
        : (values.API_NAMES?.split(',')[0]?.trim() ?? reachable(values.API_HOST)),
    grpcPort: values.GRPC_PORT,
    postgresPort: values.POSTGRES_PORT,
    datasetsUrl: values.DATASETS_URL,
    sourcesDir: resolve(root, values.SOURCES_DIR ?? join(stackPaths.paths.data, 'sources')),
    backupDir: resolve(root, values.BACKUP_DIR ?? stackPaths.paths.data),
    logLevel: values.LOG_LEVEL,
    demoTitles: values.DEMO_TITLES,
  };
}

/** The URL at which people of this machine reach an API that listens on a port. */
export function apiUrl(
  { apiHost, tlsName }: Pick<Config, 'apiHost' | 'tlsName'>,
  port: number,
): string {
  return tlsName === null ? `http://${reachable(apiHost)}:${port}` : `https://${tlsName}:${port}`;
}

/** The URL for probes from this machine, which verify no name of a certificate. */
export function probeUrl(
  { apiHost, tlsName }: Pick<Config, 'apiHost' | 'tlsName'>,
  port: number,
): string {
  return `${tlsName === null ? 'http' : 'https'}://${reachable(apiHost)}:${port}`;
}

/** An address of this machine at which a server on a host is reached. */
export function reachableAddress(host: string): string {
  return ['0.0.0.0', '::', ''].includes(host) ? '127.0.0.1' : host;
}

/** The same, as URLs write it. */
function reachable(host: string): string {
  const address = reachableAddress(host);
  return address.includes(':') ? `[${address}]` : address;
}
