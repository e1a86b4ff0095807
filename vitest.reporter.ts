import { relative } from 'node:path';
import type { Requirement } from '@marquee/process/testing';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { findLacking, REQUIREMENTS } from './vitest.requirements.ts';

/** The tag of tests that run in `make test-all` alone. */
export const LONG = 'long';

const SLOWEST_FILES = 10;

/** Ends a run with what a log is read for: slow files, skipped tests, and one plain line of counts. */
export default class ClosingLines implements Reporter {
  #isByName = false;

  onInit({ config }: Vitest): void {
    this.#isByName = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    const [long, lacking] = [skipped.filter(isLong), skipped.filter((test) => !isLong(test))];
    if (modules.length > SLOWEST_FILES) console.log(describeSlowest(modules));
    // what -t leaves out was meant to be
    if (!this.#isByName) {
      const missing = lacking.length > 0 ? findLacking() : [];
      if (missing.length > 0) console.log(describeLacking(missing));
      if (long.length > 0) console.log(`Long tests left out: ${long.length}; make test-all`);
    }
    const failed = tests.filter((test) => test.result().state === 'failed');
    if (failed.length > 0) console.log(['Failed:', ...failed.map(describeTest)].join('\n'));
    const flaky = tests.filter((test) => test.diagnostic()?.flaky === true);
    if (flaky.length > 0)
      console.log(
        ['Failed first, and passed when repeated:', ...flaky.map(describeTest)].join('\n'),
      );
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // a file that could not even be read has no tests that could fail
    const broken = modules.filter(
      (module) => module.state() === 'failed' && module.errors().length > 0,
    ).length;
    console.log(
      `${count('passed')} passed, ${count('failed') + broken} failed, ${lacking.length} skipped`,
    );
  }
}

function isLong(test: TestCase): boolean {
  return test.tags.includes(LONG);
}

/** The name of a test, and the first line of each of its errors. */
function describeTest(test: TestCase): string {
  const { errors = [] } = test.result();
  const lines = errors.map(({ message }) => `    ${message.split('\n')[0] ?? ''}`);
  return [`  ${fileOf(test.module)}: ${test.fullName}`, ...lines].join('\n');
}

function fileOf(module: TestModule): string {
  return relative(process.cwd(), module.moduleId);
}

function describeSlowest(modules: readonly TestModule[]): string {
  const secondsOf = (module: TestModule) => module.diagnostic().duration / 1000;
  const slowest = [...modules].sort((a, b) => secondsOf(b) - secondsOf(a)).slice(0, SLOWEST_FILES);
  const lines = slowest.map(
    (module) => `${secondsOf(module).toFixed(1).padStart(7)} s  ${fileOf(module)}`,
  );
  return ['The slowest files:', ...lines].join('\n');
}

function describeLacking(lacking: readonly Requirement[]): string {
  const lines = lacking.map((name) => `  ${name}: ${REQUIREMENTS[name].remedy}`);
  return ['Tests were skipped, as this machine lacks what they need:', ...lines].join('\n');
}
