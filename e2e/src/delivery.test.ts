import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');
const WORKFLOWS = join(ROOT, '.github/workflows');

it('workflows run targets of make alone, which run on any machine', () => {
  const targets = new Set(
    [...readFileSync(join(ROOT, 'Makefile'), 'utf8').matchAll(/^([a-z0-9-]+):.*## /gmu)].map(
      ([, target]) => target,
    ),
  );
  const steps = readdirSync(WORKFLOWS).flatMap((file) =>
    [...readFileSync(join(WORKFLOWS, file), 'utf8').matchAll(/^\s*-?\s*run: *(.*)$/gmu)].map(
      ([, command = '']) => ({ file, command }),
    ),
  );
  expect(steps.length).toBeGreaterThan(10);
  for (const { file, command } of steps)
    expect(targets, `${file}: ${command}`).toContain(/^make ([a-z0-9-]+)/u.exec(command)?.[1]);
});

/** Licences under which a package may be part of what we ship. */
const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  // libvips, a library of its own beside sharp, which users may replace
  'LGPL-3.0-or-later',
  'MIT',
  'Python-2.0',
  'Unlicense',
];

/** Packages that name their licence in a file alone; all are under the MIT licence. */
const WITHOUT_NAME = ['buildcheck', 'cpu-features', 'ssh2'];

it('shipped packages have licences that allow it', () => {
  const { packages } = z
    .object({
      packages: z.record(
        z.string(),
        z.object({
          license: z.string().optional(),
          dev: z.boolean().optional(),
          link: z.boolean().optional(),
        }),
      ),
    })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
  const shipped = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.includes('node_modules/') && dev !== true && link !== true,
  );
  expect(shipped.length).toBeGreaterThan(100);
  const others = shipped
    .map(([path, { license = '' }]) => ({ name: path.replace(/^.*node_modules\//u, ''), license }))
    .filter(({ name }) => !WITHOUT_NAME.includes(name))
    .filter(
      ({ license }) =>
        !license
          .replaceAll(/[()]/gu, '')
          .split(' AND ')
          .every((one) => LICENCES.includes(one)),
    );
  expect(others).toEqual([]);
});
