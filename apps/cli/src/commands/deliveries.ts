import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery, DELIVERY_GATES, DeliveryReject } from '@marquee/contract';
import { count, counted, localTime } from '@marquee/terminal/format';
import { visible } from '@marquee/terminal/text';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { Context } from '../context/context.ts';
import { CliError } from '../context/errors.ts';
import { EXIT } from '../exit.ts';
import { choicesOf, wholeNumber } from '../options/values.ts';
import { addListOptions, type List, type ListOptions, showList } from './list.ts';
import type { RunCommand } from './run-command.ts';
import { openUpload } from './upload.ts';

const POLL_MS = 300;

/** After this time without an end, a note says that the extractor may not run, in ms. */
const PATIENCE_MS = 20_000;

/** The answer to `GET /sources/{id}/deliveries` with all fields. */
const FullDeliveryPage = z.object({ items: z.array(Delivery), next: z.string().nullable() });
const FullRejectPage = z.object({ items: z.array(DeliveryReject), next: z.string().nullable() });

interface TakeOptions {
  readonly detach?: boolean;
  readonly ignoreGates?: readonly string[];
}

interface DeliverOptions extends TakeOptions {
  readonly file?: string;
  readonly again?: boolean;
}

const deliveryId = wholeNumber(1, 2 ** 31 - 1);

/** Adds the commands about deliveries to `sources`. */
export function defineDeliveries(sources: Command, run: RunCommand): void {
  sources
    .command('deliver <source> <path>')
    .description('deliver a file, or a folder of .nfo files, and wait until it is taken')
    .option('--file <name>', 'which file of the source it is (default: by its name or header)')
    .option('--again', 'deliver it even if the last delivery is the same file')
    .addOption(ignoreGates())
    .option('-d, --detach', 'do not wait until it is taken')
    .action(async (source: string, path: string, options: DeliverOptions, self: Command) =>
      run(self, async (context) => deliver(context, source, path, options)),
    );
  addListOptions(
    sources.command('deliveries <source>').description('list the deliveries of a source'),
    20,
  ).action(async (source: string, options: ListOptions, self: Command) =>
    run(self, async (context) => {
      const items = await showList(context, deliveriesOf(source), options);
      if (items?.length === 0)
        context.out.note(`There are none yet. The first: marquee sources deliver ${source} FILE`);
    }),
  );
  addListOptions(
    sources
      .command('rejects <source>')
      .argument('<delivery>', 'its id', deliveryId)
      .description('show the rows of a delivery that could not be read, and why'),
    20,
  ).action(async (source: string, id: number, options: ListOptions, self: Command) =>
    run(self, async (context) => {
      const items = await showList(context, rejectsOf(source, id), options);
      if (items?.length === 0) context.out.note('There are no rejects.');
    }),
  );
  sources
    .command('withdraw <source>')
    .argument('<delivery>', 'its id', deliveryId)
    .description('take a delivery back: the one before it is in force again')
    .action(async (source: string, id: number, _options: object, self: Command) =>
      run(self, async ({ api, out }) => {
        const delivery = await api.send('POST', Delivery, `${pathOf(source, id)}/withdraw`);
        if (out.isJson) out.json(delivery);
        else out.line(`Delivery ${id} of ${source} is taken back. The records follow soon.`);
      }),
    );
  sources
    .command('take <source>')
    .argument('<delivery>', 'its id', deliveryId)
    .description('take a delivery again that failed or was taken back, and wait until it is')
    .addOption(ignoreGates())
    .option('-d, --detach', 'do not wait until it is taken')
    .action(async (source: string, id: number, options: TakeOptions, self: Command) =>
      run(self, async (context) => {
        const path = `${pathOf(source, id)}/take${gatesIn(options)}`;
        await showEnd(context, await context.api.send('POST', Delivery, path), options);
      }),
    );
}

async function deliver(
  context: Context,
  source: string,
  path: string,
  options: DeliverOptions,
): Promise<void> {
  const { file, again, ignoreGates: gates } = options;
  await using upload = await openUpload(path);
  const delivery = await context.api.upload(
    Delivery,
    `/sources/${encodeURIComponent(source)}/deliveries`,
    {
      file,
      name: upload.name,
      again: again === true ? true : undefined,
      ignoreGates: gates?.join(','),
    },
    upload.content,
    { 'content-digest': upload.digest },
  );
  await showEnd(context, delivery, options);
}

function ignoreGates(): Option {
  return new Option(
    '--ignore-gates <gates>',
    `take it even if these gates fail: ${DELIVERY_GATES.join(', ')}`,
  ).argParser(choicesOf(DELIVERY_GATES));
}

function gatesIn({ ignoreGates: gates }: TakeOptions): string {
  return gates === undefined ? '' : `?ignoreGates=${gates.join(',')}`;
}

/** Waits until a delivery is taken, if that is wanted, and shows what it changed. */
async function showEnd(
  context: Context,
  delivery: Delivery,
  { detach }: TakeOptions,
): Promise<void> {
  const { out } = context;
  const ended = detach === true ? delivery : await untilTaken(context, delivery);
  const { id, source, state, rejects } = ended;
  if (out.isJson) out.json(ended);
  else if (state === 'received')
    out.line(
      `Delivery ${id} of ${source} has come. To see it: marquee sources deliveries ${source}`,
    );
  else out.line(summaryOf(ended), 'green');
  if ((rejects ?? 0) > 0) out.note(`To see the rejects: marquee sources rejects ${source} ${id}`);
}

/**
 * Waits until the extractor has read a delivery.
 *
 * @throws CliError if it failed
 */
async function untilTaken(context: Context, delivery: Delivery): Promise<Delivery> {
  const { api, out, signal } = context;
  const noteAt = performance.now() + PATIENCE_MS;
  let isNoted = false;
  let current = delivery;
  if (current.state === 'received') out.note(`Delivery ${delivery.id} has come, and is read …`);
  while (current.state === 'received') {
    if (!isNoted && performance.now() > noteAt) {
      isNoted = true;
      out.note('It is still not taken. Does the extractor run? Ctrl-C ends the waiting alone.');
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {
      throw new CliError('', {
        exitCode: EXIT.interrupted,
        code: 'interrupted',
        hint: `The delivery goes on. To see it: marquee sources deliveries ${delivery.source}`,
      });
    });
    current = await api.get(Delivery, pathOf(delivery.source, delivery.id));
  }
  if (current.state !== 'failed') return current;
  throw failureOf(current);
}

/** Why a delivery has failed, and the commands that follow from it. */
function failureOf({ id, source, error, rejects }: Delivery): CliError {
  const code = error?.code ?? 'failed';
  const hint = [
    error?.hint,
    (rejects ?? 0) > 0 && `To see the rejects: marquee sources rejects ${source} ${id}`,
    DELIVERY_GATES.some((gate) => gate === code) &&
      `To take it nevertheless: marquee sources take ${source} ${id} --ignore-gates ${code}`,
  ];
  return new CliError(`Delivery ${id} has failed: ${error?.message ?? 'unknown reason'}`, {
    code,
    hint: hint.filter(Boolean).join('\n') || null,
  });
}

function summaryOf(delivery: Delivery): string {
  const { id, source, state, records, added, changed, removed, rejects } = delivery;
  if (state === 'withdrawn') return `Delivery ${id} of ${source} was taken back.`;
  return `Delivery ${id} of ${source} is taken: ${counted(records ?? 0, 'record')}, ${count(added)} added, ${count(changed)} changed, ${count(removed)} removed; ${counted(rejects ?? 0, 'reject')}.`;
}

function pathOf(source: string, id: number): string {
  return `/sources/${encodeURIComponent(source)}/deliveries/${id}`;
}

function deliveriesOf(source: string): List<Delivery> {
  return {
    path: `/sources/${encodeURIComponent(source)}/deliveries`,
    page: FullDeliveryPage,
    columns: [
      { head: 'ID', align: 'right' },
      { head: 'FILE' },
      { head: 'NAME', isFlexible: true, drop: 5 },
      { head: 'RECEIVED', drop: 1 },
      { head: 'BY', isFlexible: true, drop: 6 },
      { head: 'STATE' },
      { head: 'RECORDS', align: 'right', drop: 2 },
      { head: 'ADDED', align: 'right', drop: 3 },
      { head: 'CHANGED', align: 'right', drop: 3 },
      { head: 'REMOVED', align: 'right', drop: 3 },
      { head: 'REJECTS', align: 'right', drop: 4 },
      { head: 'ERROR', isFlexible: true, isOptional: true },
    ],
    rowOf: (delivery) => [
      delivery.id,
      delivery.file,
      delivery.name,
      localTime(delivery.receivedAt),
      delivery.receivedBy,
      delivery.isCurrent ? 'in use' : delivery.state,
      count(delivery.records),
      count(delivery.added),
      count(delivery.changed),
      count(delivery.removed),
      count(delivery.rejects),
      delivery.error?.message,
    ],
  };
}

function rejectsOf(source: string, id: number): List<z.infer<typeof DeliveryReject>> {
  return {
    path: `${pathOf(source, id)}/rejects`,
    page: FullRejectPage,
    columns: [
      { head: 'LINE', align: 'right' },
      { head: 'REASON', isFlexible: true },
      { head: 'TEXT', isFlexible: true },
    ],
    rowOf: ({ line, reason, raw }) => [line, visible(reason), visible(raw)],
  };
}
