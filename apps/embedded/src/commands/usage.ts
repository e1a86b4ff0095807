/** A command as its help describes it. */
interface Usage {
  readonly about: string;
  readonly options?: Readonly<Record<string, string>>;
  /** Environment variables that matter most; docs/configuration.md has all. */
  readonly variables?: Readonly<Record<string, string>>;
}

const DATA_DIR = { DATA_DIR: 'the data folder' } as const;
const PORTS = {
  API_PORT: 'port of the API, 3000 by default',
  POSTGRES_PORT: 'port of PostgreSQL, 5439 by default',
} as const;
const ROLE = {
  '--role=ROLE': 'reader, which is the default, or loader, which may change the catalogue',
} as const;

const BACKUPS = {
  BACKUP_DIR: 'the folder of backups, the data folder by default',
  BACKUP_S3_URL: 'or s3://bucket/prefix',
} as const;
const IDENTITY = { BACKUP_IDENTITY_FILE: 'the private key of an encrypted backup' } as const;
const WHICH_BACKUP = {
  '--file=FILE': 'the backup',
  '--id=ID': 'one of the backup store, or newest',
} as const;

/** The commands of this program. Those behind make have the same names as its targets. */
export const USAGES = {
  up: { about: 'Starts the stack in the background.', variables: { ...DATA_DIR, ...PORTS } },
  restart: { about: 'Restarts the stack.', variables: { ...DATA_DIR, ...PORTS } },
  down: { about: 'Stops the stack.', variables: DATA_DIR },
  dev: {
    about: 'Runs the stack in the foreground, and restarts what is built again.',
    options: { '--workers': 'the workers too, not the API alone' },
    variables: { ...DATA_DIR, ...PORTS },
  },
  demo: {
    about:
      'Runs the whole stack on made-up data, in the foreground. Ctrl-C stops it; its data stays in the subfolder demo of the data folder.',
    variables: {
      ...DATA_DIR,
      DEMO_TITLES: 'titles in the sample, 50000 by default',
      ...PORTS,
    },
  },
  ps: { about: 'Lists the processes of the stack.', variables: DATA_DIR },
  logs: {
    about: 'Prints the logs.',
    options: { '-f': 'goes on with new lines', '--raw': 'as JSON' },
    variables: DATA_DIR,
  },
  'format-logs': {
    about: 'Makes the output of docker compose logs readable, from standard input.',
    options: { '--follow': 'goes on until the input ends' },
  },
  'db-url': { about: 'Prints the URL of the database.', options: ROLE, variables: DATA_DIR },
  psql: { about: 'Opens psql on the database.', options: ROLE, variables: DATA_DIR },
  indexes: {
    about: 'Builds the recommended indexes.',
    options: { '--drop': 'drops them' },
    variables: DATA_DIR,
  },
  service: {
    about: 'Makes the system start the stack when it boots.',
    options: { '--remove': 'undoes it' },
    variables: DATA_DIR,
  },
  key: {
    about: 'Makes an API key.',
    options: {
      '--role=ROLE': 'reader, operator or admin',
      '--name=NAME': 'whose key it is',
      '--expires=TIME': 'until when it holds',
      '--requests-per-minute=NUMBER': 'its rate limit',
    },
    variables: DATA_DIR,
  },
  backup: {
    about: 'Writes a backup.',
    options: {
      '--file=FILE': 'where to; by default the backup store',
      '--snapshots': 'with the downloaded files',
    },
    variables: { ...DATA_DIR, ...BACKUPS, BACKUP_RECIPIENT: 'whom it is encrypted for' },
  },
  restore: {
    about: 'Restores a backup.',
    options: { ...WHICH_BACKUP, '--force': 'replaces what is there' },
    variables: { ...DATA_DIR, ...BACKUPS, ...IDENTITY },
  },
  'verify-backup': {
    about: 'Restores a backup into a database that is dropped afterwards.',
    options: WHICH_BACKUP,
    variables: { ...DATA_DIR, ...BACKUPS, ...IDENTITY },
  },
  update: {
    about: 'Updates the data, and shows the progress.',
    options: {
      '--force': 'also if today’s update is done',
      '--force=full': 'and loads everything again',
      '--seen-at=URL': 'where people see the API',
    },
    variables: DATA_DIR,
  },
  'wait-until-ready': {
    about: 'Waits until the API is ready.',
    options: { '--url=URL': 'of the API; that of the stack by default' },
    variables: DATA_DIR,
  },
  supervise: { about: 'Runs the stack for `up`: not for people.' },
} as const satisfies Record<string, Usage>;
export type CommandName = keyof typeof USAGES;

/** Whether the arguments of a command ask for its help. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/** The help of a command: what it does, its options, its variables. */
export function usageOf(name: CommandName): string {
  const { about, options = {}, variables = {} }: Usage = USAGES[name];
  return [
    about,
    ...section('Options', options),
    ...section('Environment variables (docs/configuration.md has all)', variables),
  ].join('\n');
}

/** The help of the program: its commands. */
export function overview(): string {
  const commands: Record<string, string> = {};
  for (const [name, { about }] of Object.entries(USAGES)) commands[name] = about;
  return ['Usage: COMMAND [OPTIONS]', ...section('Commands', commands)].join('\n');
}

function section(title: string, entries: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(entries);
  if (names.length === 0) return [];
  const width = Math.max(...names.map(({ length }) => length));
  return ['', `${title}:`, ...names.map((name) => `  ${name.padEnd(width)}  ${entries[name]}`)];
}
