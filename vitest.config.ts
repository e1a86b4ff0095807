import { defineConfig } from 'vitest/config';
import { LONG } from './vitest.reporter.ts';

export default defineConfig({
  // the workspace's own packages are tested from their sources, not from what was last built
  resolve: { conditions: ['@marquee/source', 'node'] },
  ssr: { resolve: { conditions: ['@marquee/source', 'node'] } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['{apps,libs}/*/src/**/*.test.ts', 'e2e/src/**/*.test.ts'],
    globalSetup: './vitest.global.ts',
    reporters: ['default', './vitest.reporter.ts'],
    tags: [
      { name: LONG, description: 'Runs in `make test-all` alone: takes long, and seldom fails' },
    ],
    // machines that are busy with something else are many times slower: these end what hangs, and
    // say nothing of speed
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // one failure of thousands of tests says little on a busy machine: CI repeats it, and the closing
    // lines name what passed only then
    retry: process.env['CI'] === undefined ? 0 : 1,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    maxWorkers: 2,
    // test files share two processes: a process of its own for each takes 150 starts and imports of
    // the whole product, some 60 s of a processor. So no test changes what others import.
    isolate: false,
  },
});
