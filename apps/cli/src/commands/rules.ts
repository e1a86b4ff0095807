import { FieldRule, MERGED_FIELDS, RuleChange, RuleList, type MergeRule } from '@marquee/contract';
import { counted, localTime } from '@marquee/terminal/format';
import { Argument, type Command } from 'commander';
import type { Context } from '../context/context.ts';
import { CliError, usageError } from '../context/errors.ts';
import { EXIT } from '../exit.ts';
import { examples } from '../options/values.ts';
import { addFormatOption, type ListOptions } from './list.ts';
import type { RunCommand } from './run-command.ts';
import { showWholeList } from './whole-list.ts';

interface ChangeOptions {
  readonly dryRun?: boolean;
}

export function defineRules(rules: Command, run: RunCommand): void {
  const field = () =>
    new Argument('<field>', 'a field of movies, such as year').choices([...MERGED_FIELDS]);
  const list = rules
    .command('list', { isDefault: true })
    .description('list the rule of each field');
  addFormatOption(list).action(async (options: Pick<ListOptions, 'format'>, self: Command) =>
    run(self, async (context) => listRules(context, options)),
  );
  rules
    .command('show')
    .description('show the rule of a field, as JSON')
    .addArgument(field())
    .action(async (name: string, _: object, self: Command) =>
      run(self, async (context) => showRule(context, name)),
    );
  rules
    .command('set')
    .description('set the rule of a field: as JSON, or a kind with sources in their order')
    .addArgument(field())
    .argument('<rule>', 'such as newest, or {"kind": "priority", "sources": ["imdb"]}')
    .argument('[sources...]', 'for priority: the sources, the first before all others')
    .option('--dry-run', 'only tell how many movies would be merged again')
    .action(
      async (
        name: string,
        rule: string,
        sources: string[],
        options: ChangeOptions,
        self: Command,
      ) => run(self, async (context) => setRule(context, name, ruleOf(rule, sources), options)),
    );
  rules
    .command('reset')
    .description('return a field to its shipped rule')
    .addArgument(field())
    .option('--dry-run', 'only tell how many movies would be merged again')
    .action(async (name: string, options: ChangeOptions, self: Command) =>
      run(self, async (context) => resetRule(context, name, options)),
    );
  examples(
    rules,
    'rules',
    'rules set year newest --dry-run',
    'rules set title priority movies-metadata imdb',
    'rules reset title',
  );
}

async function listRules(context: Context, options: Pick<ListOptions, 'format'>): Promise<void> {
  showWholeList(
    context,
    await context.api.get(RuleList, '/rules'),
    options,
    'There are no rules.',
    [
      { head: 'FIELD' },
      { head: 'RULE', isFlexible: true },
      { head: 'VERSION', align: 'right', drop: 2 },
      { head: 'SET', isFlexible: true, drop: 1 },
    ],
    ({ field, rule, version, isOwn, setAt, setBy }) => [
      field,
      described(rule),
      version,
      isOwn ? `by ${setBy ?? '?'} ${localTime(setAt)}` : 'shipped',
    ],
  );
}

async function showRule({ api, out }: Context, name: string): Promise<void> {
  const { items } = await api.get(RuleList, '/rules');
  const rule = items.find(({ field }) => field === name);
  if (rule === undefined)
    throw new CliError(`The server has no rule of ${name}.`, {
      exitCode: EXIT.notFound,
      code: 'not-found',
      hint: 'Its version may be older: marquee doctor compares them.',
    });
  out.json(out.isJson ? rule : (rule satisfies FieldRule).rule);
}

async function setRule(
  { api, out }: Context,
  field: string,
  rule: unknown,
  { dryRun = false }: ChangeOptions,
): Promise<void> {
  tell(out, await api.send('PUT', RuleChange, `/rules/${field}?dryRun=${dryRun}`, rule));
}

async function resetRule(
  { api, out }: Context,
  field: string,
  { dryRun = false }: ChangeOptions,
): Promise<void> {
  tell(out, await api.send('DELETE', RuleChange, `/rules/${field}?dryRun=${dryRun}`));
}

function tell(out: Context['out'], change: RuleChange): void {
  const { field, rule, movies } = change;
  if (out.isJson) out.json(change);
  else
    out.line(
      `${field}: ${described(rule)}. ${movies === null ? 'The movies that it touches are' : `${counted(movies, 'movie')} would be`} merged again.`,
    );
}

/** A rule as it is typed. @throws CliError 2 for broken JSON */
function ruleOf(typed: string, sources: readonly string[]): unknown {
  if (!typed.startsWith('{'))
    return { kind: typed, ...((typed === 'priority' || sources.length > 0) && { sources }) };
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    throw usageError(
      `“${typed}” is not JSON.`,
      'Expected a kind, such as newest, or {"kind": "priority", "sources": ["imdb"]}',
    );
  }
}

/** A rule in a line: its kind, and what else it says. */
function described({ kind, ...more }: MergeRule): string {
  const parts = Object.entries(more).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(', ') : JSON.stringify(value);
    if (name === 'sources') return text;
    // no weights are equal weights
    return text === '{}' ? '' : `${name} ${text}`;
  });
  return [kind, ...parts.filter((part) => part !== '')].join(' ');
}
