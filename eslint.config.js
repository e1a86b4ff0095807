import { builtinModules } from 'node:module';
import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Who may import what: `libs` of this repository and `packages` of npm, by the tag `scope:…` of a
 * project. An import that is not listed fails lint. `inTests` is for tests and what serves them.
 * Projects that are not listed, e2e and bench, may import any.
 */
const scopes = {
  datasets: { libs: [], packages: [] },
  process: { libs: [], packages: ['pino', 'zod'] },
  tracing: {
    libs: ['network', 'process'],
    packages: ['@opentelemetry/*', 'lru-cache', 'pg', 'zod'],
  },
  search: { libs: [], packages: [] },
  dashboards: { libs: [], packages: ['@grafana/grafana-foundation-sdk/*', 'zod'] },
  network: { libs: ['process'], packages: ['hpagent', 'undici', 'zod'] },
  contract: { libs: ['datasets'], packages: ['zod'] },
  proto: { libs: [], packages: ['@bufbuild/protobuf', '@bufbuild/protobuf/*'] },
  snapshots: {
    libs: ['datasets', 'network', 'process'],
    packages: [
      '@aws-sdk/client-s3',
      '@aws-sdk/lib-storage',
      '@aws-sdk/s3-request-presigner',
      'zod',
    ],
    inTests: ['fastify', 'fauxqs'],
  },
  sample: { libs: ['datasets', 'process'], packages: [] },
  catalogue: {
    libs: ['datasets', 'contract', 'process', 'snapshots', 'postgres'],
    packages: ['pg', 'typeorm'],
  },
  postgres: { libs: ['process'], packages: ['pg'] },
  runs: {
    libs: ['datasets', 'contract', 'process', 'snapshots', 'postgres'],
    packages: ['@opentelemetry/api', 'bullmq', 'ioredis', 'pg', 'zod'],
  },
  stack: { libs: ['process'], packages: ['fastest-levenshtein', 'zod'] },
  'api-client': {
    libs: ['contract', 'process'],
    packages: ['eventsource-parser', 'undici', 'zod'],
  },
  terminal: {
    libs: ['contract', 'process', 'stack'],
    packages: ['cli-progress', 'csv-stringify/sync', 'pg', 'pg-cursor', 'string-width'],
  },
  // HTTP in, snapshots out: no database, no HTTP server
  downloader: {
    libs: ['datasets', 'network', 'process', 'runs', 'snapshots', 'tracing'],
    packages: ['undici', 'zod'],
    inTests: ['@aws-sdk/client-s3', 'fauxqs'],
  },
  // snapshots in, tables out: no HTTP, neither server nor client
  loader: {
    libs: [
      'datasets',
      'process',
      'runs',
      'snapshots',
      'catalogue',
      'contract',
      'search',
      'postgres',
      'tracing',
    ],
    packages: ['@duckdb/node-api', 'pg', 'pg-copy-streams', 'zod'],
  },
  sources: {
    libs: ['contract', 'process', 'search'],
    packages: [
      'csv-parse',
      'fast-xml-parser',
      'fast-xml-validator',
      'stream-json/*',
      'tar-stream',
      'zod',
    ],
  },
  matching: { libs: ['contract', 'search'], packages: [] },
  movies: { libs: ['contract', 'search'], packages: ['zod'] },
  mcp: { libs: ['contract', 'process'], packages: ['@modelcontextprotocol/server', 'zod'] },
  // files in, from wherever they are; records out: no HTTP server
  extractor: {
    libs: [
      'catalogue',
      'contract',
      'datasets',
      'network',
      'postgres',
      'process',
      'runs',
      'snapshots',
      'sources',
      'tracing',
    ],
    packages: [
      '@aws-sdk/client-sqs',
      'pg',
      'pg-copy-streams',
      'ssh2-sftp-client',
      'tar-stream',
      'undici',
      'zod',
    ],
    inTests: ['@aws-sdk/client-s3', 'fauxqs', 'ssh2'],
  },
  // records in, movies out: no HTTP, no files
  aggregator: {
    libs: [
      'catalogue',
      'contract',
      'matching',
      'movies',
      'postgres',
      'process',
      'runs',
      'search',
      'sources',
      'tracing',
    ],
    packages: ['pg', 'pg-copy-streams', 'pg-cursor', 'zod'],
  },
  api: {
    libs: [
      'catalogue',
      'contract',
      'datasets',
      'matching',
      'mcp',
      'movies',
      'network',
      'postgres',
      'process',
      'proto',
      'runs',
      'search',
      'snapshots',
      'sources',
      'tracing',
    ],
    packages: [
      '@bufbuild/protobuf',
      '@bufbuild/protobuf/*',
      '@connectrpc/*',
      '@aws-sdk/client-sns',
      '@aws-sdk/client-sqs',
      '@fastify/*',
      '@modelcontextprotocol/server',
      '@nestjs/*',
      '@opentelemetry/*',
      'age-encryption',
      'cron-parser',
      'csv-stringify/sync',
      'fast-xml-builder',
      'fastest-levenshtein',
      'fastify',
      'helmet',
      'ioredis',
      'ipaddr.js',
      'jose',
      'lru-cache',
      'negotiator',
      'openid-client',
      'p-map',
      'pg',
      'pg-copy-streams',
      'piscina',
      'prom-client',
      'range-parser',
      'rate-limiter-flexible',
      'rxjs',
      'sharp',
      'tar-stream',
      'typeorm',
      'undici',
      'zod',
    ],
  },
  // of the contract and zod, types alone: see below
  web: {
    libs: ['contract'],
    packages: [
      '@observablehq/plot',
      '@tanstack/react-query',
      'react',
      'react-dom/client',
      'wouter',
      'zod',
    ],
    inTests: ['react-dom/server'],
  },
  cli: {
    libs: ['api-client', 'contract', 'mcp', 'process', 'snapshots', 'sources', 'stack', 'terminal'],
    packages: [
      '@bomb.sh/tab',
      '@bomb.sh/tab/commander',
      '@inquirer/prompts',
      '@modelcontextprotocol/server/stdio',
      'commander',
      'csv-parse',
      'csv-stringify/sync',
      'open',
      'pg',
      'zod',
    ],
    inTests: ['string-width'],
  },
  embedded: {
    libs: ['api-client', 'contract', 'postgres', 'process', 'sample', 'stack', 'terminal'],
    packages: ['pino-pretty', 'zod'],
  },
};

/** An app may use any lib that its scope lists, never another app; so may a lib. */
const kinds = [
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'type:bench', onlyDependOnLibsWithTags: ['type:app', 'type:lib'] },
  { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:app', 'type:lib'] },
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'runtime:any', onlyDependOnLibsWithTags: ['runtime:any'] },
  { sourceTag: 'runtime:browser', onlyDependOnLibsWithTags: ['runtime:any'] },
  { sourceTag: 'runtime:node', onlyDependOnLibsWithTags: ['runtime:node', 'runtime:any'] },
];

/** The rule with these boundaries. @param more packages besides those of the scope */
function boundaries(more = () => []) {
  const ofScopes = Object.entries(scopes).map(([scope, needs]) => ({
    sourceTag: `scope:${scope}`,
    onlyDependOnLibsWithTags: needs.libs.map((lib) => `scope:${lib}`),
    allowedExternalImports: [...needs.packages, ...more(needs)],
  }));
  // all packages stand in the package.json of the root: that a package is listed there says nothing
  const options = { allow: [], banTransitiveDependencies: false };
  return {
    '@nx/enforce-module-boundaries': [
      'error',
      { ...options, depConstraints: [...kinds, ...ofScopes] },
    ],
  };
}

const TESTS = [
  '**/*.test.ts',
  '**/src/test-*.ts',
  '{apps,libs}/*/src/testing/**',
  'libs/*/src/testing.ts',
];

/**
 * Forbids modules of Node, of which Nx's rule knows nothing: with `node:` before them or not.
 *
 * @param patterns what else may not be imported
 */
function withoutModules(modules, message, ...patterns) {
  const regex = `^(node:)?(${modules.join('|')})(/|$)`;
  // in a selector, a slash would end the pattern
  const source = `[source.value=/${regex.replaceAll('/', '\\u002F')}/]`;
  return {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [{ regex, message }, ...patterns] },
    ],
    'no-restricted-syntax': [
      'error',
      { selector: `ImportExpression${source}`, message },
      { selector: `TSImportType${source}`, message },
    ],
  };
}

/** Nothing of Node. @param patterns what else may not be imported */
function withoutNode(...patterns) {
  const modules = builtinModules.map((name) => name.replace('node:', ''));
  return {
    ...withoutModules(modules, 'It runs in browsers too: nothing of Node is there.', ...patterns),
    'no-restricted-globals': ['error', 'process', 'Buffer', 'global', 'require', 'setImmediate'],
  };
}

const HTTP = ['http', 'https', 'http2'];

/** Former names that are not to come back: the field has a standard term for each, see docs/glossary.md. */
const HOME_MADE_NAMES = [
  ...['addDoor', 'letIn', 'Refusal', 'Refused', 'Bearer', 'Standing', 'judge', 'isHeldUp'],
  ...['Patience', 'endure', 'insist', 'LockPatience', 'withinPatience', 'giveWay', 'inTime'],
  ...['lookNear', 'lookFurther', 'gather', 'halves', 'halvesOf', 'reach'],
  ...['keeper', 'keepRuns', 'keepUp', 'keepTrail', 'keepPublished', 'together', 'Basis', 'Met'],
  ...['trySettings', 'ofOneDay', 'readUnnamed', 'OftenAsked', 'Structure', 'structures', 'figures'],
  ...['among', 'marked', 'marksOf', 'worksOf', 'nearWords', 'quickCopy', 'whatElse', 'isDemos'],
];

export default defineConfig(
  {
    ignores: [
      '**/dist/**',
      // the generator writes eslint-disable into each file, and has no option against it
      'libs/proto/src/generated/**',
      'node_modules/**',
      'data/**',
      '.nx/**',
      '.node/**',
    ],
  },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { '@nx': nx },
    rules: {
      ...boundaries(),
      // numbers and errors in messages need no String() around them
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // deprecated to stand out: a provider on this machine has no TLS
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', package: 'openid-client', name: 'allowInsecureRequests' }] },
      ],
      // TypeORM declares the options of its EntitySchema as a class and takes plain objects for it
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Nest's modules are classes with nothing in them
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `const { left, ...rest }` is how a field is left out
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // an element that is known to be there is read `as` its type, which shows the type; `!` stays
      // forbidden
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      'id-denylist': ['error', ...HOME_MADE_NAMES],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['**/*.test.ts'],
    rules: {
      // a describe block is one function
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 800, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: TESTS,
    rules: boundaries(({ inTests = [] }) => ['vitest', 'fast-check', ...inTests]),
  },
  {
    // what builds the site
    files: ['apps/web/vite.config.ts'],
    rules: boundaries(() => ['vite', '@vitejs/plugin-react']),
  },
  // what packs the command line
  {
    files: ['libs/dashboards/**'],
    rules: {
      '@typescript-eslint/no-deprecated': [
        'error',
        // the form after it cannot be imported by Grafana before version 12
        {
          allow: [
            {
              from: 'package',
              package: '@grafana/grafana-foundation-sdk',
              name: 'DashboardBuilder',
            },
          ],
        },
      ],
    },
  },
  { files: ['apps/cli/pack.js'], rules: boundaries(() => ['rolldown']) },
  { files: ['libs/{contract,datasets,search}/**'], rules: withoutNode() },
  {
    files: ['apps/web/**'],
    ignores: ['apps/web/vite.config.ts'],
    rules: withoutNode({
      regex: '^(zod|@marquee/contract)$',
      allowTypeImports: true,
      message: 'Import its types alone: zod would be most of the code that a browser fetches.',
    }),
  },
  {
    files: ['apps/loader/**'],
    rules: withoutModules(HTTP, 'The loader takes jobs from its queue: it has no HTTP.'),
  },
  {
    files: ['apps/downloader/**'],
    ignores: TESTS,
    rules: withoutModules(
      [...HTTP, 'sqlite'],
      'The downloader fetches by undici: it has no HTTP server and no database.',
    ),
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
