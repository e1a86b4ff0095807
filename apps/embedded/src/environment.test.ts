import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EmbeddedConfig } from './config.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What whoever starts an app tells it, not people. */
const TOLD = new Set([
  'DATABASE_URL',
  'QUEUE_URL',
  'SNAPSHOT_DIR',
  'HEARTBEAT_FILE',
  'API_PUBLISHED_ON',
]);

/**
 * Read by others: the AWS SDK, PostgreSQL in its container, and compose, where it is named `latest`
 * as long as it has no name.
 */
const FOR_AWS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
const FOR_OTHERS = ['COMPOSE_PROJECT_NAME', 'POSTGRES_PASSWORD', ...FOR_AWS];

/** Fixed within a container; compose maps the port outside. */
const MAPPED = new Set(['API_HOST', 'API_PORT']);

/** The schema of each app's environment, as its config.ts has it. */
const schemas = {
  embedded: EmbeddedConfig,
  api: await schemaOf('api'),
  downloader: await schemaOf('downloader'),
  loader: await schemaOf('loader'),
};

/** What people can set, with the defaults; empty where there is none. */
const settings = Object.fromEntries([
  ...FOR_OTHERS.map((name) => [name, ''] as const),
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
    .filter(([name]) => !TOLD.has(name))
    .map(([name, type]) => [name, String(type.safeParse(undefined).data ?? '')]);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/**
 * The environment of a service in docker-compose.yml, with the blocks that it shares with others.
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

describe('what can be set', () => {
  it('is all in .env.example, with the defaults', () => {
    expect(parseEnv(read('.env.example'))).toEqual(settings);
  });

  it('is all in docs/configuration.md, each once, with the defaults', () => {
    expect(documentedVariables().sort()).toEqual(Object.entries(settings).sort());
  });

  it.each(['api', 'downloader', 'loader'] as const)(
    'is handed by compose to the %s where that reads it, with the defaults',
    (app) => {
      const environment = environmentOf(app);
      const variables = Object.keys(environment).filter((name) => !FOR_AWS.includes(name));
      expect(variables.sort()).toEqual(Object.keys(schemas[app].shape).sort());
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

  it('has the same defaults wherever compose uses it', () => {
    for (const [, name = '', usual] of read('docker-compose.yml').matchAll(
      /\$\{(\w+):-([^}]*)\}/gu,
    ))
      expect([name, usual]).toEqual([
        name,
        name === 'COMPOSE_PROJECT_NAME' ? 'latest' : settings[name],
      ]);
  });
});
