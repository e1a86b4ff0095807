import { AnyDelivery, ARRIVAL_STATES } from '@marquee/contract';
import { localTime } from '@marquee/terminal/format';
import { visible } from '@marquee/terminal/text';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { examples, wholeNumber } from '../options/values.ts';
import { addListOptions, type List, type ListOptions, showList } from './list.ts';
import type { RunCommand } from './run-command.ts';

interface DeliveryListOptions extends ListOptions {
  readonly state?: AnyDelivery['state'];
}

/** The answer to `GET /deliveries` with all fields. */
const FullPage = z.object({ items: z.array(AnyDelivery), next: z.string().nullable() });

export function defineAllDeliveries(deliveries: Command, run: RunCommand): void {
  const list = deliveries
    .command('list', { isDefault: true })
    .description('list what has come to all sources, newest first')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices([...ARRIVAL_STATES]),
    );
  addListOptions(list, 20).action(async (options: DeliveryListOptions, self: Command) =>
    run(self, async (context) => {
      const items = await showList(context, listOf(options.state), options);
      if (items?.length === 0) context.out.note('There are none.');
    }),
  );
  deliveries
    .command('retry')
    .argument('<delivery>', 'its id', wholeNumber(1, 2 ** 31 - 1))
    .description('take a failed delivery again, from where its provider has it')
    .action(async (id: number, _options: object, self: Command) =>
      run(self, async ({ api, out }) => {
        const delivery = await api.send('POST', AnyDelivery, `/deliveries/${id}/retry`);
        if (out.isJson) out.json(delivery);
        else out.line(`Delivery ${id} is taken again soon. To see it: marquee deliveries`);
      }),
    );
  examples(deliveries, 'deliveries --state failed', 'deliveries retry 7');
}

function listOf(state: AnyDelivery['state'] | undefined): List<AnyDelivery> {
  return {
    path: '/deliveries',
    query: { state },
    page: FullPage,
    columns: [
      { head: 'ID', align: 'right' },
      { head: 'SOURCE' },
      { head: 'NAME', isFlexible: true, drop: 3 },
      { head: 'RECEIVED', drop: 1 },
      { head: 'BY', isFlexible: true, drop: 2 },
      { head: 'STATE' },
      { head: 'ERROR', isFlexible: true, isOptional: true },
    ],
    rowOf: (delivery) => [
      delivery.id,
      delivery.source,
      visible(delivery.name),
      localTime(delivery.receivedAt),
      delivery.receivedBy,
      delivery.state,
      delivery.error?.message,
    ],
  };
}
