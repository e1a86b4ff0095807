import { readFile } from 'node:fs/promises';
import { type Source, SourceChange, SourceDetails, SourceList } from '@marquee/contract';
import { count, counted, localTime } from '@marquee/terminal/format';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { examples } from '../options/values.ts';
import { defineCheck } from './check-file.ts';
import { defineDeliveries } from './deliveries.ts';
import { addFormatOption, type ListOptions } from './list.ts';
import type { RunCommand } from './run-command.ts';
import { showWholeList } from './whole-list.ts';

export function defineSources(sources: Command, run: RunCommand): void {
  const list = sources
    .command('list', { isDefault: true })
    .description('list all sources: records, and how many of them are matched');
  addFormatOption(list).action(async (options: Pick<ListOptions, 'format'>, self: Command) =>
    run(self, async (context) => listSources(context, options)),
  );
  sources
    .command('show <source>')
    .description('show a source: licence, files, deliveries in use')
    .action(async (id: string, _options: object, self: Command) =>
      run(self, async (context) => showSource(context, id)),
    );
  sources
    .command('add <definition>')
    .description('add a source by its definition, a JSON file, or change one; needs an admin’s key')
    .option('--dry-run', 'change nothing, and show what would change')
    .action(async (path: string, options: { dryRun?: boolean }, self: Command) =>
      run(self, async (context) => addSource(context, path, options.dryRun === true)),
    );
  sources
    .command('remove <source>')
    .description('remove a source that was added and has no deliveries')
    .action(async (id: string, _options: object, self: Command) =>
      run(self, async ({ api, out }) => {
        await api.remove(`/sources/${encodeURIComponent(id)}`);
        if (out.isJson) out.json({ id, removed: true });
        else out.line(`The source ${id} is removed.`);
      }),
    );
  defineCheck(sources, run);
  defineDeliveries(sources, run);
  examples(
    sources,
    'sources',
    'sources add my-ratings.json --dry-run',
    'sources check ratings.csv --source my-ratings',
    'sources deliver my-ratings ratings.csv',
    'sources deliver my-library ~/Movies',
    'sources withdraw my-ratings 7',
  );
}

async function listSources(context: Context, options: Pick<ListOptions, 'format'>): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'NAME', isFlexible: true, drop: 5 },
    { head: 'RECORDS', align: 'right' },
    { head: 'MATCHED', align: 'right' },
    { head: 'DOUBTFUL', align: 'right', drop: 2 },
    { head: 'CONFLICTS', align: 'right', drop: 3 },
    { head: 'UNMATCHED', align: 'right', drop: 1 },
    { head: 'WAITING', align: 'right', drop: 7 },
    { head: 'REJECTS', align: 'right', drop: 6 },
    { head: 'LAST DELIVERY', drop: 4 },
  ] as const;
  const rowOf = ({ id, name, records, matches, rejects, lastDelivery }: Source) => [
    id,
    name,
    count(records),
    shareOf(matches.matched),
    count(matches.doubtful.records),
    count(matches.conflict.records),
    count(matches.unmatched.records),
    count(matches.waiting),
    count(rejects),
    lastDelivery === null
      ? ''
      : `${localTime(lastDelivery.receivedAt)} ${lastDelivery.state === 'taken' ? '' : lastDelivery.state}`.trim(),
  ];
  const sources = await context.api.get(SourceList, '/sources');
  showWholeList(context, sources, options, 'There are no sources.', columns, rowOf);
}

async function showSource({ api, out }: Context, id: string): Promise<void> {
  const source = await api.get(SourceDetails, `/sources/${encodeURIComponent(id)}`);
  if (out.isJson) {
    out.json(source);
    return;
  }
  const { name, url, licence, attribution, origin, priority, files, records, matches } = source;
  out.line(name, 'bold');
  const facts: [string, string | null][] = [
    ['page', url],
    ['licence', licence.name],
    ['terms', licence.url],
    ['attribution', attribution],
    ['republish', licence.republish ? 'yes' : 'no'],
    ['defined', origin],
    ['priority', String(priority ?? '')],
    ['files', files.join(', ')],
    ['records', count(records)],
    ['matched', shareOf(matches.matched)],
    ['doubtful', shareOf(matches.doubtful)],
    ['conflicts', shareOf(matches.conflict)],
    ['unmatched', shareOf(matches.unmatched)],
    ['waiting', matches.waiting === 0 ? null : count(matches.waiting)],
    ['rejects', count(source.rejects)],
    ...source.current.map((delivery): [string, string] => [
      delivery.file,
      `${delivery.name}, delivery ${delivery.id} of ${localTime(delivery.receivedAt)}, ${counted(delivery.rows ?? 0, 'row')}`,
    ]),
  ];
  for (const [head, text] of facts)
    if (text !== null && text !== '') out.line(`  ${head.padEnd(12)} ${text}`);
}

/** Adds or changes a source, or shows what that would change. */
async function addSource({ api, out }: Context, path: string, dryRun: boolean): Promise<void> {
  const definition = await readDefinition(path);
  const change = await api.send(
    'PUT',
    SourceChange,
    `/sources/${encodeURIComponent(definition.id)}${dryRun ? '?dryRun=true' : ''}`,
    definition,
  );
  if (out.isJson) {
    out.json(change);
    return;
  }
  const { id, isNew, isChanged, effect } = change;
  const what = isNew ? 'is new' : isChanged ? 'changes' : 'is the same as before';
  if (effect === null) {
    out.line(
      isNew
        ? `The source ${id} is added. To give it a file: marquee sources deliver ${id} FILE`
        : isChanged
          ? `The source ${id} is changed. Its deliveries are read again.`
          : `The source ${id} is the same as before.`,
    );
    return;
  }
  out.line(`The definition of ${id} ${what}. Nothing was changed. It would give:`);
  out.line(
    `  ${counted(effect.records, 'record')}: ${count(effect.added)} added, ${count(effect.changed)} changed, ${count(effect.removed)} removed; ${counted(effect.rejects, 'reject')}; ${counted(effect.movies, 'movie')} merged again`,
  );
}

async function readDefinition(path: string): Promise<{ readonly id: string }> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw usageError(`${path} cannot be read: ${(cause as Error).message}`);
  });
  try {
    const definition: unknown = JSON.parse(text);
    if (typeof definition === 'object' && definition !== null && 'id' in definition)
      return { ...definition, id: String(definition.id) };
  } catch (cause) {
    throw usageError(`${path} is not JSON: ${(cause as Error).message}`);
  }
  throw usageError(
    `${path} is not the definition of a source: it has no id.`,
    'docs/sources.md describes definitions, with an example.',
  );
}

function shareOf({ records, percent }: Source['matches']['matched']): string {
  return percent === null ? count(records) : `${count(records)} (${percent.toFixed(1)} %)`;
}
