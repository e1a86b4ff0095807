const API = 'apps/api/src';

/** The layers of the API from the top; what stands beside them in its folder starts the API. */
const LAYERS = ['grpc', 'resources', 'http', 'read-models', 'database', 'problems'];

/** A layer imports those below it, and the settings. */
const downwards = LAYERS.map((layer, i) => ({
  name: `api-${layer}-downwards`,
  comment: `Move it down to ${layer}, or what needs it up.`,
  severity: 'error',
  from: { path: `^${API}/${layer}/` },
  to: {
    path: `^${API}/`,
    pathNot: `^${API}/((${LAYERS.slice(i).join('|')})/|(config|timings)\\.ts$)`,
  },
}));

/**
 * The loader's layers, each of which may import those after it alone: patterns of paths below
 * `apps/loader/src`. Tests may import any.
 */
const LOADER_LAYERS = [
  '(?:main|loader|worker)\\.ts$',
  'runs/',
  'exports/[^/]+$',
  'exports/child/',
  'publish/',
  'derive/',
  'load/[^/]+$',
  'load/thread/',
  'load/compare/',
  'load/encode/',
  'database/',
].map((layer) => `^apps/loader/src/${layer}`);

/**
 * No circle of files, by value or by type: `import type` counts, which `import-x/no-cycle` of
 * ESLint leaves out. The whole graph is read at once, across projects, in about three seconds.
 */
export default {
  forbidden: [
    ...downwards,
    {
      name: 'api-settings-below-all',
      comment: 'config.ts checks keys and the names of sinks by their forms, which import nothing.',
      severity: 'error',
      from: { path: `^${API}/(config|timings)\\.ts$` },
      to: {
        path: `^${API}/`,
        pathNot: `^${API}/(http/auth/secret|resources/events/sink-name)\\.ts$`,
      },
    },
    {
      name: 'api-no-cycle-of-folders',
      comment: 'Within a layer, folders import each other one way too.',
      severity: 'error',
      scope: 'folder',
      from: { path: `^${API}/(${LAYERS.join('|')})/[^/]+$` },
      to: { path: `^${API}/(${LAYERS.join('|')})/[^/]+$`, circular: true },
    },
    {
      name: 'no-cycle',
      comment:
        'Move what both files need to the file that it belongs to, and import it from there.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports-are-followed',
      comment: 'An import that leads nowhere, or to what was built, hides the circles behind it.',
      severity: 'error',
      from: { path: '^(apps|libs|e2e|bench)/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'imports-lead-to-sources',
      severity: 'error',
      from: { path: '^(apps|libs|e2e|bench)/' },
      to: { path: '/dist/', pathNot: 'node_modules' },
    },
    ...LOADER_LAYERS.slice(1).map((layer, above) => ({
      name: 'loader-layers-go-one-way',
      comment: 'A layer that needs something of a layer above takes it as a parameter.',
      severity: 'error',
      from: { path: layer, pathNot: '\\.test\\.ts$' },
      to: { path: LOADER_LAYERS.slice(0, above + 1) },
    })),
    {
      name: 'migrations-are-frozen',
      comment: 'A migration holds its whole text: what it imports could change after it has run.',
      severity: 'error',
      from: { path: '/migrations/' },
      to: { pathNot: '^node_modules/typeorm/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@marquee/source', 'types', 'import', 'node', 'default'],
    },
  },
};
