import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EmbeddedConfig } from './config.ts';
import { ownSettings, readSettingNames } from './supervision/app-settings.ts';
import { APPS } from './supervision/apps.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Variables that the program that starts an app sets, not people. */
const INTERNAL = new Set([
  'DATABASE_URL',
  'QUEUE_URL',
  'READER_DATABASE_URL',
  'SNAPSHOT_DIR',
  'HEARTBEAT_FILE',
  'API_PUBLISHED_ON',
]);

/**
 * Read by others: PostgreSQL and Redis in their containers, and compose, where the project without a
 * name is `latest`.
 */
const PASSWORDS = [
  ...['', 'API_', 'LOADER_', 'EXTRACTOR_', 'AGGREGATOR_', 'READER_', 'REPLICATOR_'].map(
    (role) => `POSTGRES_${role}PASSWORD`,
  ),
  'REDIS_PASSWORD',
];
const FOR_OTHERS = ['COMPOSE_PROJECT_NAME', ...PASSWORDS];

/** Fixed in a container; compose maps the port and the folder outside. */
const MAPPED = new Set(['API_HOST', 'API_PORT', 'GRPC_PORT', 'SOURCES_DIR', 'BACKUP_DIR']);

/** The schema of each app's environment, from its config.ts. */
const schemas = {
  embedded: EmbeddedConfig,
  api: await schemaOf('api'),
  downloader: await schemaOf('downloader'),
  loader: await schemaOf('loader'),
  extractor: await schemaOf('extractor'),
  aggregator: await schemaOf('aggregator'),
};

/** The variables that people can set, with their defaults; empty if there is none. */
const settings = Object.fromEntries([
  ...FOR_OTHERS.map((name) => [name, ''] as const),
  ['POSTGRES_HOSTS', 'postgres:5432'] as const,
  ...Object.values(schemas).flatMap(defaultsOf),
]);

async function schemaOf(app: string): Promise<z.ZodObject> {
  const exports = (await import(
    pathToFileURL(join(ROOT, 'apps', app, 'src', 'config.ts')).href
  )) as Record<string, unknown>;
  const schema = Object.values(exports).find((value) => value instanceof z.ZodObject);
  if (!schema) throw new Error(`The config.ts of ${app} exports no schema.`);
  return schema;
}

function defaultsOf(schema: z.ZodObject): [string, string][] {
  const variables = Object.entries<z.ZodType<string | number | undefined>>(schema.shape);
  return variables
    .filter(([name]) => !INTERNAL.has(name))
    .map(([name, type]) => [name, String(type.safeParse(undefined).data ?? '')]);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/**
 * The environment of a service in docker-compose.yml, including the blocks that it shares.
 */
function environmentOf(service: string): Record<string, string> {
  const compose = read('docker-compose.yml');
  const [, rest = ''] = compose.split(`\n  ${service}:\n`);
  const [, own = ''] =
    /\n {4}environment:\n((?: {6}.*\n)+)/u.exec(rest.split(/\n {2}\w+:\n/u)[0] ?? '') ?? [];
  const anchors = /<<: (.*)/u.exec(own)?.[1]?.match(/\w+/gu) ?? [];
  const shared = anchors.map(
    (anchor) => new RegExp(`: &${anchor}\\n((?: {2}.*\\n)+)`, 'u').exec(compose)?.[1] ?? '',
  );
  return Object.fromEntries(
    [...[...shared, own].join('').matchAll(/^ +([A-Za-z_\d]+): (.*)$/gmu)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
}

/**
 * The tables of variables in docs/configuration.md. A row lists one or more variables and as many
 * defaults.
 */
function documentedVariables(): [string, string][] {
  const tables = read('docs/configuration.md').matchAll(/^\| variable [^]*?\n\n/gmu);
  const words = (cell = '') => [...cell.matchAll(/`([^`]*)`/gu)].map(([, word = '']) => word);
  const rows = [...tables].flatMap(([table]) => table.split('\n')).map((row) => row.split('|'));
  return rows.flatMap(([, names, defaults]) =>
    words(names).map((name, index): [string, string] => [name, words(defaults)[index] ?? '']),
  );
}

describe('the variables', () => {
  it('are all in .env.example, with their defaults', () => {
    expect(parseEnv(read('.env.example'))).toEqual(settings);
  });

  it('are all in docs/configuration.md, each once, with their defaults', () => {
    expect(documentedVariables().sort()).toEqual(Object.entries(settings).sort());
  });

  it.each(['api', 'downloader', 'loader', 'extractor', 'aggregator'] as const)(
    'are passed by compose to the %s that reads them, with their defaults',
    (app) => {
      const environment = environmentOf(app);
      expect(Object.keys(environment).sort()).toEqual(Object.keys(schemas[app].shape).sort());
      const handedOn = Object.entries(environment).filter(
        ([name]) => name in settings && !MAPPED.has(name),
      );
      expect(Object.fromEntries(handedOn)).toEqual(
        Object.fromEntries(
          handedOn.map(([name]) => [name, `\${${name}:-${settings[name] ?? ''}}`]),
        ),
      );
    },
  );

  it('have a password for each login of the database, which compose passes on', async () => {
    const { SetUpConfig } = (await import(
      pathToFileURL(join(ROOT, 'apps/api/src/set-up-config.ts')).href
    )) as { SetUpConfig: z.ZodObject };
    const known = Object.keys(SetUpConfig.shape);
    const [logins = '', seconds = ''] = [
      ...read('libs/catalogue/sql/roles.sql').matchAll(/foreach role in array '\{(.*)\}'/gu),
    ].map(([, roles = '']) => roles);
    const settingsOf = (roles: string, suffix: string) =>
      roles
        .split(',')
        // its password is another one each time
        .filter((role) => role !== 'marquee_owner')
        .map((role) => `${role.replace('marquee_', '').toUpperCase()}${suffix}`);
    expect(known.filter((name) => name.endsWith('_PASSWORD')).sort()).toEqual(
      [...settingsOf(logins, '_PASSWORD'), ...settingsOf(seconds, '_2_PASSWORD')].sort(),
    );
    expect(known).toEqual(expect.arrayContaining(Object.keys(environmentOf('set-up'))));
  });

  it('are given by the embedded stack to the app whose schema has them, and to no other', async () => {
    const names = await readSettingNames(ROOT, APPS);
    const all = Object.fromEntries(
      [...Object.keys(settings), ...INTERNAL, 'GITHUB_TOKEN'].map((name) => [name, 'set']),
    );
    for (const app of APPS) {
      const expected = Object.keys(schemas[app].shape);
      expect(names.get(app)?.toSorted(), app).toEqual(expected.toSorted());
      // an app knows in which folder its stack is, and has what the SDK needs for what it uses
      expect(Object.keys(ownSettings(all, expected)).sort(), app).toEqual(
        [...new Set([...expected, 'DATA_DIR'])].sort(),
      );
      expect(ownSettings({ AWS_PROFILE: 'a', SNAPSHOT_S3_URL: '' }, expected)).not.toHaveProperty(
        'AWS_PROFILE',
      );
    }
    const secrets = { DATABASE_URL: 'a', API_ADMIN_KEY: 'b', API_ADMIN_KEY_FILE: 'c' };
    expect(ownSettings(secrets, names.get('downloader') ?? [])).toEqual({});
    expect(ownSettings(secrets, names.get('api') ?? [])).toEqual(secrets);
  });

  it('have the same defaults everywhere in compose', () => {
    for (const [, name = '', usual] of read('docker-compose.yml').matchAll(
      /\$\{(\w+):-([^}]*)\}/gu,
    ))
      expect([name, usual]).toEqual([
        name,
        name === 'COMPOSE_PROJECT_NAME' ? 'latest' : settings[name],
      ]);
  });
});
