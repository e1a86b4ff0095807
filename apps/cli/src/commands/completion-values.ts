import { setTimeout as sleep } from 'node:timers/promises';
import type { Complete, RootCommand } from '@bomb.sh/tab';
import {
  CHANGE_KINDS,
  Dataset,
  DELIVERY_GATES,
  EVENT_TYPES,
  EXPORT_FORMATS,
  ExportList,
  Gate,
  MATCH_STATES,
  MERGED_FIELDS,
  PROFIT_KEYS,
  SnapshotList,
  SourceList,
  USUAL_WORDS,
} from '@marquee/contract';
import { labelOf } from '@marquee/contract/title-facts';
import { localTime } from '@marquee/terminal/format';
import { type CliEnvironment, type Context, makeContext } from '../context/context.ts';
import { FullRunPage } from '../context/run-page.ts';
import { FullDecisionPage } from './matches.ts';
import { SITE_PAGES } from './open.ts';

/** How long a shell waits for ids of the server, in ms: without them it completes nothing. */
const SERVER_TIMEOUT_MS = 1500;

/**
 * The words of options that take several, separated by commas, by the name of the option; with its
 * command where others have one of the same name.
 */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  type: USUAL_WORDS.titleType,
  genre: USUAL_WORDS.genre,
  'genre-any': USUAL_WORDS.genre,
  'genre-none': USUAL_WORDS.genre,
  role: USUAL_WORDS.role,
  category: USUAL_WORDS.category,
  profession: USUAL_WORDS.profession,
  datasets: Dataset.options,
  dataset: Dataset.options,
  'changes kind': CHANGE_KINDS,
  'events type': EVENT_TYPES,
  'ignore-gates': Gate.options,
  'sources take ignore-gates': DELIVERY_GATES,
  state: MATCH_STATES,
  by: PROFIT_KEYS,
  formats: EXPORT_FORMATS,
};

/** The commands with an argument that names a field of movies. */
const WITH_FIELD = ['movies lock', 'movies unlock', 'rules show', 'rules set', 'rules reset'];

/** A value that a shell offers, and what it says beside it. */
type Value = readonly [value: string, description: string];

/** Reads the ids that an argument takes, the newest first. */
type ReadIds = (context: Context) => Promise<readonly Value[]>;

/** The arguments that take ids of the server. */
const IDS: readonly (readonly [command: string, argument: string, read: ReadIds])[] = [
  ['runs watch', 'id', runIds],
  ['runs cancel', 'id', runIds],
  ['rejects', 'run', runIds],
  ['snapshots load', 'ids', snapshotIds],
  ['exports show', 'id', exportIds],
  ['sources show', 'source', sourceIds],
  ['sources deliver', 'source', deliverableIds],
  ['sources deliveries', 'source', deliverableIds],
  ['sources rejects', 'source', deliverableIds],
  ['sources withdraw', 'source', deliverableIds],
  ['sources take', 'source', deliverableIds],
  ['sources remove', 'source', deliverableIds],
  ['matches decide', 'source', deliverableIds],
  ['matches undo', 'decision', decisionIds],
];

/** The commands with an option --source, and the sources that it takes. */
const WITH_SOURCE: readonly (readonly [command: string, read: ReadIds])[] = [
  ['movies list', sourceIds],
  ['sources check', deliverableIds],
  ['matches review', deliverableIds],
  ['matches list', deliverableIds],
  ['matches decisions', deliverableIds],
];

/**
 * Adds values to the options and arguments of all commands.
 *
 * @param words of the line to complete; the last one is at the cursor
 */
export async function addValues(
  { commands }: RootCommand,
  environment: CliEnvironment,
  words: readonly string[],
): Promise<void> {
  const typed = (words.at(-1) ?? '').replace(/^--[\w-]+=/u, '');
  for (const [command, { options }] of commands) {
    for (const [name, option] of options) {
      const known = LISTS[`${command} ${name}`] ?? LISTS[name];
      if (known !== undefined) option.handler = (complete) => completeList(complete, known, typed);
    }
  }
  const page = commands.get('open')?.arguments.get('page');
  if (page) page.handler = (complete) => SITE_PAGES.forEach((name) => complete(name, ''));
  for (const command of WITH_FIELD) {
    const field = commands.get(command)?.arguments.get('field');
    if (field) field.handler = (complete) => MERGED_FIELDS.forEach((name) => complete(name, ''));
  }
  const line = words.join(' ');
  for (const [command, argument, read] of IDS) {
    if (!line.startsWith(`${command} `)) continue;
    const ids = await readIds(environment, read);
    const target = commands.get(command)?.arguments.get(argument);
    if (target) target.handler = (complete) => ids.forEach((id) => complete(...id));
  }
  for (const [command, read] of WITH_SOURCE) {
    if (!line.startsWith(`${command} `) || words.at(-2) !== '--source') continue;
    const ids = await readIds(environment, read);
    const target = commands.get(command)?.options.get('source');
    if (target) target.handler = (complete) => ids.forEach((id) => complete(...id));
  }
}

/** Completes the last word of a list, after the words that are there: `movie,tv` to `movie,tvSeries`. */
function completeList(complete: Complete, known: readonly string[], typed: string): void {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  const given = before.split(',');
  for (const word of known) {
    const label = labelOf(word);
    // the label of most words is the word itself
    const description = label.toLowerCase() === word.toLowerCase() ? '' : label;
    if (!given.includes(word)) complete(`${before}${word}`, description);
  }
}

async function readIds(environment: CliEnvironment, read: ReadIds): Promise<readonly Value[]> {
  try {
    const context = makeContext(environment, { input: false });
    return await Promise.race([read(context), sleep(SERVER_TIMEOUT_MS, [], { ref: false })]);
  } catch {
    // an error message would break the line that the user is typing
    return [];
  }
}

async function runIds({ api }: Context): Promise<readonly Value[]> {
  const { items } = await api.get(FullRunPage, '/runs', { limit: 20 });
  return items.map(({ id, kind, state, requestedAt }) => [
    id,
    `${kind} of ${localTime(requestedAt)}, ${state}`,
  ]);
}

async function sourceIds({ api }: Context): Promise<readonly Value[]> {
  const { items } = await api.get(SourceList, '/sources');
  return items.map(({ id, name }) => [id, name]);
}

/** The sources that take files: not IMDb's tables. */
async function deliverableIds({ api }: Context): Promise<readonly Value[]> {
  const { items } = await api.get(SourceList, '/sources');
  return items.filter(({ files }) => files.length > 0).map(({ id, name }) => [id, name]);
}

async function decisionIds({ api }: Context): Promise<readonly Value[]> {
  const { items } = await api.get(FullDecisionPage, '/matches/decisions', { limit: 20 });
  return items
    .filter(({ undoneAt }) => undoneAt === null)
    .map(({ id, source, record, kind }) => [String(id), `${kind}: ${source} ${record}`]);
}

async function exportIds({ api }: Context): Promise<readonly Value[]> {
  const { items } = await api.get(ExportList, '/exports');
  return items.map(({ id, state }) => [id, state]);
}

async function snapshotIds({ api }: Context): Promise<readonly Value[]> {
  const { items } = await api.get(SnapshotList, '/snapshots');
  return items.map(({ id, fetchedAt }) => [id, localTime(fetchedAt)]);
}
