#!/usr/bin/env node
// Runs on any Node, to find a suitable one: if the machine's is too old, make has put one into
// .node/ of the repository.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/main.js', import.meta.url);
const modules = fileURLToPath(new URL('../../../.node/node_modules/', import.meta.url));

if (!existsSync(main)) {
  console.error('marquee is not built yet. In its repository: make build');
  process.exit(1);
}
if (Number.parseInt(process.versions.node) >= 24) {
  await import(main.href);
} else {
  const node = existsSync(modules)
    ? readdirSync(modules)
        .map((name) => `${modules}${name}/bin/node`)
        .find((path) => existsSync(path))
    : undefined;
  if (node === undefined) {
    console.error(
      `marquee needs Node 24 or newer; this is ${process.versions.node}. In its repository, make build fetches one from npm.`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches both processes; the child decides what it means
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(
      `marquee needs Node 24 or newer; this is ${process.versions.node}, and ${node} does not start: ${error.message}. Remove the folder .node of its repository; make build fetches it again.`,
    );
    process.exit(1);
  });
  child.on('exit', (code) => process.exit(code ?? 130));
}
