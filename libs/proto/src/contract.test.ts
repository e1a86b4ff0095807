import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const lib = join(import.meta.dirname, '..');
const bin = join(lib, '../../node_modules/.bin');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-proto-'));
});
afterAll(async () => rm(folder, { recursive: true }));

async function buf(...given: string[]): Promise<string> {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const { stdout } = await promisify(execFile)(join(bin, 'buf'), given, { cwd: lib, env });
  return stdout;
}

/** The files below a folder, by their path in it. */
async function filesOf(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Object.fromEntries(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const file = join(parentPath, name);
        return [file.slice(path.length), await readFile(file, 'utf8')] as const;
      }),
    ),
  );
}

it('the TypeScript is generated from the contract: npm run proto', async () => {
  await buf('generate', '--output', folder);
  const generated = await filesOf(join(folder, 'src/generated'));
  expect(Object.keys(generated).length).toBe(7);
  expect(await filesOf(join(lib, 'src/generated'))).toEqual(generated);
});

it('what would break clients is found, and what adds to the contract is not', async () => {
  const [changed, file] = [join(folder, 'changed'), 'proto/marquee/v1/movie.proto'];
  await cp(join(lib, 'proto'), join(changed, 'proto'), { recursive: true });
  await cp(join(lib, 'buf.yaml'), join(changed, 'buf.yaml'));
  const contract = await readFile(join(lib, file), 'utf8');
  const compare = async (text: string) => {
    await writeFile(join(changed, file), text);
    return buf('breaking', changed, '--against', lib).then(
      () => 'compatible',
      (error: unknown) => (error as { readonly stdout: string }).stdout,
    );
  };
  const added = contract.replace('  string id = 1;', '  string id = 1;\n  string more = 99;');
  expect(await compare(added)).toBe('compatible');
  const moved = contract.replace('optional string title = 4;', 'optional string title = 99;');
  expect(await compare(moved)).toContain('field "4" with name "title" on message "Movie"');
});
