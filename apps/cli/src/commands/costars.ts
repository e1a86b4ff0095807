import { type Costar, CostarPage } from '@marquee/contract';
import { count } from '@marquee/terminal/format';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { Context } from '../context/context.ts';
import { parseId } from '../options/ids.ts';
import { examples } from '../options/values.ts';
import type { Item } from '../output/title-table.ts';
import { addListOptions, type List, type ListOptions, nothingFound, showResults } from './list.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

export function defineCostars(command: Command, run: RunCommand): void {
  addListOptions(command, 20).action(async (id: string, options: ListOptions, self: Command) =>
    run(self, async (context) => costars(context, id, options)),
  );
  examples(command, 'costars nm0000001', 'costars nm0000001 --all --format ndjson');
}

/** Lists the people of the same titles, the most titles first. @throws CliError 3 if there are none */
async function costars(context: Context, given: string, options: ListOptions): Promise<number> {
  const id = parseId(given, 'name');
  await offerUpdate(context);
  const list: List<Item<z.infer<typeof Costar>>> = {
    path: `/names/${id}/costars`,
    page: CostarPage,
    columns: [
      { head: 'ID' },
      { head: 'NAME', isFlexible: true },
      { head: 'TITLES IN COMMON', align: 'right', drop: 1 },
    ],
    rowOf: ({ nconst, primaryName, sharedTitles }) => [nconst, primaryName, count(sharedTitles)],
  };
  return showResults(context, list, options, {
    emptyError: () => nothingFound(`Nobody has worked on a title with ${id}.`),
  });
}
