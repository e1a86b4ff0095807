import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CLIENTS, rolePassword } from '@marquee/postgres';
import { UserError } from '@marquee/process';

/**
 * Runs the program that creates the roles and the tables of the database. A process of its own does
 * it, so that this one, which lives as long as the stack, does not hold its packages in memory.
 *
 * @param root the repository
 * @param adminUrl the superuser's
 * @throws UserError with the output of the program
 */
export async function setUpDatabase(root: string, adminUrl: string): Promise<void> {
  const passwords: Record<string, string> = {};
  for (const client of CLIENTS)
    passwords[`${client.toUpperCase()}_PASSWORD`] = rolePassword(adminUrl, client);
  const child = spawn(process.execPath, [join(root, 'apps/api/dist/set-up-database.js')], {
    cwd: root,
    env: { DATABASE_ADMIN_URL: adminUrl, ...passwords },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const [output, [code, signal]] = await Promise.all([
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  if (code !== 0)
    throw new UserError(
      `The database could not be set up; ${signal ?? `code ${code ?? '?'}`}:\n${output.trim()}`,
    );
}
