import { type CloudEvent, EVENT_TYPES, EventPage } from '@marquee/contract';
import { count, localTime } from '@marquee/terminal/format';
import { type Cell, type Column, formatTable } from '@marquee/terminal/table';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { examples } from '../options/values.ts';
import { addListOptions, type List, type ListOptions, showList } from './list.ts';
import type { RunCommand } from './run-command.ts';

/** The largest page of events. */
const MAX_EVENTS = 1000;

interface EventOptions extends ListOptions {
  readonly since?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly follow?: boolean;
}

export function defineEvents(command: Command, run: RunCommand): void {
  command
    .option('--since <point>', 'only events after this event or time')
    .option('--type <types>', `only these types: ${EVENT_TYPES.join(', ')}`)
    .option('--subject <subjects>', 'only events about these runs, datasets or movies')
    .option('-f, --follow', 'wait for new events, until Ctrl-C');
  addListOptions(command, 50, { maxLimit: MAX_EVENTS, isPaged: false }).action(
    async (options: EventOptions, self: Command) =>
      run(self, async (context) => events(context, options)),
  );
  examples(
    command,
    'events --follow',
    'events --follow --json --type movie.updated',
    'events --since 2026-08-15T00:00:00Z --subject title.ratings',
  );
}

/** Shows events in their order; with `follow`, also new ones. */
async function events(
  context: Context,
  { follow = false, since, type, subject, ...options }: EventOptions,
): Promise<void> {
  const filters = { type, subject };
  if (follow) return followEvents(context, since ?? 'now', filters, options);
  const items = await showList(
    context,
    { ...EVENTS, query: filters },
    since === undefined ? options : { ...options, after: since },
  );
  if (items?.length === 0) context.out.note('There are no events.');
}

const COLUMNS: readonly Column[] = [
  { head: 'WHEN', drop: 2 },
  { head: 'TYPE', drop: 1 },
  { head: 'ABOUT' },
  { head: 'WHAT', isFlexible: true },
];

const EVENTS: List<CloudEvent> = {
  path: '/events',
  page: EventPage,
  columns: COLUMNS,
  rowOf: eventRow,
  maxLimit: MAX_EVENTS,
  cursor: 'since',
};

/** Shows events as they happen: with --json, one a line. */
async function followEvents(
  { api, out }: Context,
  since: string,
  filters: Readonly<Record<string, string | undefined>>,
  { all = false, format }: ListOptions,
): Promise<void> {
  if (all || format !== 'table')
    throw usageError('--follow has no end: it cannot be combined with --all or --format.');
  // also with --json: standard error is not the result
  process.stderr.write('Waiting for new events; Ctrl-C ends it.\n');
  for await (const event of api.watchEvents(since, filters)) {
    if (out.isJson) out.jsonLine(event);
    // without a head: events follow each other
    else
      for (const line of formatTable(COLUMNS, [eventRow(event)], out.width).lines) out.line(line);
  }
}

function eventRow(event: CloudEvent): Cell[] {
  return [localTime(event.time), event.type, event.subject, describeEvent(event)];
}

function describeEvent({ type, data }: CloudEvent): string {
  switch (type) {
    case 'run.ended':
      return data.error === null
        ? `${data.kind} has ${data.state}`
        : `${data.kind} has failed: ${data.error.message}`;
    case 'dataset.published':
      return data.kind === 'reload'
        ? `all rows loaded again: ${count(data.rows)}`
        : `${count(data.inserted)} inserted, ${count(data.updated)} updated, ${count(data.deleted)} deleted`;
    case 'movie.updated': {
      const movie = `${data.title ?? 'without a title'}${data.year === null ? '' : ` (${data.year})`}`;
      return data.kind === 'changed'
        ? `${movie}: ${data.fields.join(', ')}`
        : `${movie}: ${data.kind}`;
    }
  }
}
