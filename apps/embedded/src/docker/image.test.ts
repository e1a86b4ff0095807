import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../..');
const linesOf = (file: string) =>
  readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

it('is built of what has no secrets, and is given none', () => {
  // all is left out but what is named: neither .env nor data, sources or secrets
  const [first, ...others] = linesOf('.dockerignore');
  expect(first).toBe('*');
  expect(others.filter((line) => line.startsWith('!')).sort()).toEqual([
    '!.npmrc',
    '!apps',
    '!bench/package.json',
    '!e2e/package.json',
    '!libs',
    '!package-lock.json',
    '!package.json',
    '!tsconfig.base.json',
  ]);
  expect(linesOf('.npmrc').join('\n')).not.toMatch(/_auth|_password|token|\/\/.*:.*@/iu);
  const steps = linesOf('docker/Dockerfile').join('\n');
  // an argument of the build stays in the history of the image, and so does a variable
  expect(steps).not.toMatch(/^ARG /mu);
  expect(steps.match(/^ENV .*$/gmu)).toEqual(['ENV NODE_ENV=production']);
  expect(steps).not.toMatch(/PASSWORD|SECRET|TOKEN|_KEY|DATABASE_URL|--mount=type=secret/u);
  expect(steps).toMatch(/^USER node$/mu);
  // compose hands no argument to a build, and no secret to a command line, which lists of processes show
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  expect(compose).not.toMatch(/^ +args:/mu);
  for (const [line] of compose.matchAll(/^ +(?:command|test|entrypoint):.*$/gmu))
    expect(line).not.toMatch(/PASSWORD|SECRET|TOKEN|_KEY|_URL/u);
});
