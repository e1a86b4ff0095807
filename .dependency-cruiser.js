/**
 * No circle of files, by value or by type: `import type` counts, which `import-x/no-cycle` of
 * ESLint leaves out. The whole graph is read at once, across projects, in about three seconds.
 */
export default {
  forbidden: [
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
