import { Key, KeyList, NewKey, type Role, ROLES } from '@marquee/contract';
import { localTime } from '@marquee/terminal/format';
import { type Command, Option } from 'commander';
import type { Context } from '../context/context.ts';
import { examples, wholeNumber } from '../options/values.ts';
import { addFormatOption, type ListOptions } from './list.ts';
import type { RunCommand } from './run-command.ts';
import { showWholeList } from './whole-list.ts';

interface KeyOptions {
  readonly role: Role;
  readonly expires?: string;
  readonly requestsPerMinute?: number;
  readonly source?: string;
}

export function defineKeys(keys: Command, run: RunCommand): void {
  const list = keys
    .command('list', { isDefault: true })
    .description('list all keys, also expired and revoked ones');
  addFormatOption(list).action(async (options: Pick<ListOptions, 'format'>, self: Command) =>
    run(self, async (context) => listKeys(context, options)),
  );
  keys
    .command('create <name>')
    .description('create a key, named after its user; its secret is shown once')
    .addOption(
      new Option('--role <role>', 'what the key permits').choices([...ROLES]).default('reader'),
    )
    .option('--expires <time>', 'when it expires, such as 2030-01-31T00:00:00Z')
    .option('--requests-per-minute <count>', 'its rate limit', wholeNumber(1, 1_000_000))
    .option('--source <id>', 'the key delivers to this source, and does nothing else')
    .action(async (name: string, options: KeyOptions, self: Command) =>
      run(self, async (context) => createKey(context, name, options)),
    );
  keys
    .command('revoke <id>')
    .description('revoke a key: requests with it are rejected from now on')
    .action(async (id: string, _options: object, self: Command) =>
      run(self, async (context) => revokeKey(context, id)),
    );
  examples(
    keys,
    'keys',
    "keys create 'the website'",
    'keys create ada --role operator --expires 2030-01-31T00:00:00Z',
    "keys create 'the studio' --source my-ratings",
    'keys revoke 0199aaaa-0000-7000-8000-000000000000',
  );
}

/** Lists all keys, also expired and revoked ones. */
async function listKeys(context: Context, options: Pick<ListOptions, 'format'>): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'NAME', isFlexible: true },
    { head: 'ROLE', drop: 2 },
    { head: 'CREATED', drop: 4 },
    { head: 'LAST USED', drop: 3 },
    { head: 'STATE', drop: 1 },
  ] as const;
  const rowOf = (key: Key) => [
    key.id,
    key.name,
    key.source === null ? key.role : `delivers to ${key.source}`,
    localTime(key.createdAt),
    localTime(key.lastUsedAt),
    stateOf(key),
  ];
  showWholeList(
    context,
    await context.api.get(KeyList, '/keys'),
    options,
    'There are no keys yet. Create the first: marquee keys create <who uses it>',
    columns,
    rowOf,
  );
}

/** Creates a key. Only its secret goes to standard output, where scripts can read it. */
async function createKey(
  { api, out }: Context,
  name: string,
  { role, expires, requestsPerMinute, source }: KeyOptions,
): Promise<void> {
  const key = await api.send('POST', NewKey, '/keys', {
    name,
    role,
    expiresAt: expires,
    requestsPerMinute,
    source,
  });
  if (out.isJson) {
    out.json(key);
    return;
  }
  out.note(
    `The key of ${key.name}, ${key.source === null ? `with the role ${key.role}` : `for deliveries to ${key.source}`}, is ${key.id}. Keep its secret, which is shown only once:`,
  );
  process.stdout.write(`${key.secret}\n`);
}

/** Revokes a key: requests with it are rejected from now on. */
async function revokeKey({ api, out }: Context, id: string): Promise<void> {
  const key = await api.send('DELETE', Key, `/keys/${encodeURIComponent(id)}`);
  if (out.isJson) out.json(key);
  else out.line(`The key of ${key.name} is revoked.`);
}

function stateOf({ revokedAt, expiresAt }: Key): string {
  if (revokedAt !== null) return `revoked ${localTime(revokedAt)}`;
  if (expiresAt === null) return 'valid';
  return Date.parse(expiresAt) < Date.now()
    ? `expired ${localTime(expiresAt)}`
    : `valid until ${localTime(expiresAt)}`;
}
