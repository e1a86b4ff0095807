import { SimilarPage, type SimilarTitle } from '@marquee/contract';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { Context } from '../context/context.ts';
import { parseId } from '../options/ids.ts';
import { examples } from '../options/values.ts';
import { type Item, TITLE_COLUMNS, titleRow } from '../output/title-table.ts';
import { addListOptions, type List, type ListOptions, nothingFound, showResults } from './list.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

export function defineSimilar(command: Command, run: RunCommand): void {
  addListOptions(command, 20).action(async (id: string, options: ListOptions, self: Command) =>
    run(self, async (context) => similar(context, id, options)),
  );
  examples(command, 'similar tt0000001', 'similar tt0000001 -n 5 --json');
}

/** Lists titles that share people and genres with a title. @throws CliError 3 if none does */
async function similar(context: Context, given: string, options: ListOptions): Promise<number> {
  const id = parseId(given, 'title');
  await offerUpdate(context);
  const list: List<Item<z.infer<typeof SimilarTitle>>> = {
    path: `/titles/${id}/similar`,
    page: SimilarPage,
    columns: [
      ...TITLE_COLUMNS,
      { head: 'SAME PEOPLE', align: 'right', drop: 5 },
      { head: 'SAME GENRES', align: 'right', drop: 6 },
    ],
    rowOf: (item) => [...titleRow(item), item.sharedPeople, item.sharedGenres],
  };
  return showResults(context, list, options, {
    emptyError: () => nothingFound(`No title is similar to ${id}.`),
  });
}
