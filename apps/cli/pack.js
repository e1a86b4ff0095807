// Packs the command line as a package that installs without this repository: npm run pack:cli [folder].
// All its dependencies are bundled: a package of ours or of npm is not installed beside it.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'rolldown';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');

/** The folders of the npm packages that a bundle contains, by the paths of its modules. */
function packagesOf(moduleIds) {
  const folders = moduleIds.flatMap(
    (id) => /^\/.*\/node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(id) ?? [],
  );
  return [...new Set(folders)].sort();
}

/** The licences of the bundled packages, which they require to be included. */
function licencesOf(folders) {
  return folders.map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const file = readdirSync(folder).find((one) => /^licen[cs]e/iu.test(one));
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
}

const target = resolve(process.argv[2] ?? '.');
mkdirSync(target, { recursive: true });
const stage = mkdtempSync(join(tmpdir(), 'marquee-pack-'));
try {
  const { output } = await build({
    input: join(HERE, 'dist/main.js'),
    platform: 'node',
    // optional: pg works without it
    external: ['pg-native'],
    output: { dir: join(stage, 'dist'), format: 'esm', minify: true, sourcemap: false },
    logLevel: 'warn',
  });
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  writeFileSync(
    join(stage, 'THIRD-PARTY-LICENSES'),
    licencesOf(packagesOf(modules)).join(`\n${'-'.repeat(80)}\n\n`),
  );
  for (const name of ['bin', 'README.md'])
    cpSync(join(HERE, name), join(stage, name), { recursive: true });
  cpSync(join(ROOT, 'LICENSE'), join(stage, 'LICENSE'));
  const { name, version, description, type, bin, engines, license } = JSON.parse(
    readFileSync(join(HERE, 'package.json'), 'utf8'),
  );
  writeFileSync(
    join(stage, 'package.json'),
    `${JSON.stringify({ name, version, description, type, bin, engines, license }, null, 2)}\n`,
  );
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
      cwd: stage,
      encoding: 'utf8',
    }),
  );
  const size = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `${join(target, packed.filename)}: ${size(packed.size)}, unpacked ${size(packed.unpackedSize)}`,
  );
} finally {
  rmSync(stage, { recursive: true });
}
