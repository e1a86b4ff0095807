import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE, USER } from './cluster.ts';

/** Who connects to the database, each with a role of its own: none of them is the superuser. */
export const CLIENTS = [
  'api',
  'loader',
  'downloader',
  'extractor',
  'aggregator',
  'reader',
] as const;
export type DatabaseClient = (typeof CLIENTS)[number];

/**
 * The URL of the superuser of the cluster in a data folder, with its password.
 *
 * @param port where its PostgreSQL listens on 127.0.0.1
 */
export function readAdminUrl(dataFolder: string, port: number): string {
  return adminUrl(readFileSync(join(dataFolder, 'password'), 'utf8').trim(), port);
}

/** The URL of the superuser. */
export function adminUrl(password: string, port: number): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

/** The URL of a client's role, with its password. @param admin the superuser's */
export function roleUrl(admin: string, client: DatabaseClient): string {
  const url = new URL(admin);
  url.username = `marquee_${client}`;
  url.password = rolePassword(admin, client);
  return url.href;
}

/**
 * The password of a client's role, derived from the superuser's: the folder keeps one secret, and a
 * client's password tells nothing about the others.
 */
export function rolePassword(admin: string, client: DatabaseClient): string {
  return createHmac('sha256', new URL(admin).password).update(client).digest('hex').slice(0, 48);
}
