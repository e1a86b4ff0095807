import {
  Decision,
  DECISION_KINDS,
  MATCH_STATES,
  type MatchState,
  OpenMatch,
} from '@marquee/contract';
import { localTime } from '@marquee/terminal/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { choicesOf, examples, wholeNumber } from '../options/values.ts';
import { decide, FullMatchPage, summaryOf } from './decide-match.ts';
import { addListOptions, type List, type ListOptions, showList } from './list.ts';
import type { RunCommand } from './run-command.ts';

interface MatchFilters {
  readonly state?: readonly MatchState[];
  readonly source?: string;
}

type MatchOptions = ListOptions & MatchFilters;

/** The answer to `GET /matches/decisions` with all fields. */
export const FullDecisionPage = z.object({ items: z.array(Decision), next: z.string().nullable() });

export function defineMatches(matches: Command, run: RunCommand): void {
  const review = matches
    .command('review', { isDefault: true })
    .description(
      'decide about one record after the other; elsewhere than in a terminal, list them',
    );
  addListOptions(addFilters(review), 20).action(async (options: MatchOptions, self: Command) =>
    run(self, async (context) => {
      if (!context.canPrompt || options.format !== 'table') return listMatches(context, options);
      const { reviewMatches } = await import('./review-matches.ts');
      return reviewMatches(context, queryOf({ state: ['conflict', 'doubtful'], ...options }));
    }),
  );
  addListOptions(
    addFilters(matches.command('list').description('list records that are not matched, and why')),
    20,
  ).action(async (options: MatchOptions, self: Command) =>
    run(self, async (context) => listMatches(context, options)),
  );
  matches
    .command('decide <source> <record>')
    .addArgument(matches.createArgument('<kind>', 'what it is').choices([...DECISION_KINDS]))
    .argument('[movie]', 'the movie that it is, or is not')
    .description('decide which movie a record tells of: same, different or none')
    .option('--note <text>', 'why')
    .action(
      async (
        source: string,
        record: string,
        kind: Decision['kind'],
        movie: string | undefined,
        { note }: { readonly note?: string },
        self: Command,
      ) =>
        run(self, async (context) => {
          if ((kind === 'none') === (movie !== undefined))
            throw usageError(
              kind === 'none'
                ? 'none takes no movie: it says that no candidate is the right one.'
                : `${kind} needs the id of a movie.`,
              `marquee matches decide ${source} ${record} ${kind === 'none' ? 'none' : `${kind} tt0000001`}`,
            );
          const decision = await decide(context, { source, record, kind, movie, note });
          if (context.out.isJson) context.out.json(decision);
          else
            context.out.line(
              `${summaryOf(decision)} To undo it: marquee matches undo ${decision.id}`,
            );
        }),
    );
  matches
    .command('undo')
    .argument('<decision>', 'its id', wholeNumber(1, 2 ** 31 - 1))
    .description('undo a decision: the record is matched again without it')
    .action(async (id: number, _options: object, self: Command) =>
      run(self, async ({ api, out }) => {
        const decision = await api.send('DELETE', Decision, `/matches/decisions/${id}`);
        if (out.isJson) out.json(decision);
        else out.line(`Decision ${id} is undone. The record is matched again.`);
      }),
    );
  const decisions = matches.command('decisions').description('list decisions, newest first');
  addListOptions(
    decisions.option('--source <id>', 'only decisions about records of this source'),
    20,
  ).action(async (options: MatchOptions, self: Command) =>
    run(self, async (context) => {
      const items = await showList(context, decisionsOf(options.source), options);
      if (items?.length === 0) context.out.note('Nobody has decided anything yet.');
    }),
  );
  examples(
    matches,
    'matches',
    'matches --source movielens --state doubtful',
    'matches list --all --format csv > unmatched.csv',
    'matches decide movielens 6003 same tt0270288',
    'matches undo 12',
  );
}

function addFilters(command: Command): Command {
  return command
    .addOption(
      new Option('--state <states>', `only these states: ${MATCH_STATES.join(', ')}`).argParser(
        choicesOf(MATCH_STATES),
      ),
    )
    .option('--source <id>', 'only records of this source');
}

function queryOf({ state, source }: MatchFilters) {
  return { state: state?.join(','), source };
}

async function listMatches(context: Context, options: MatchOptions): Promise<void> {
  const items = await showList(context, matchesOf(options), options);
  if (items?.length === 0) context.out.note('There are no such records.');
}

function matchesOf(filters: MatchFilters): List<OpenMatch> {
  return {
    path: '/matches',
    query: queryOf(filters),
    page: FullMatchPage,
    columns: [
      { head: 'SOURCE' },
      { head: 'RECORD' },
      { head: 'STATE' },
      { head: 'TITLE', isFlexible: true },
      { head: 'YEAR', align: 'right', drop: 2 },
      { head: 'REASON', drop: 1 },
      { head: 'BEST CANDIDATE', isFlexible: true, drop: 3 },
      { head: 'SCORE', align: 'right', drop: 4 },
    ],
    rowOf: ({ source, record, state, facts, reason, candidates: [best] }) => [
      source,
      record,
      state,
      facts.title,
      facts.year,
      reason,
      best === undefined ? '' : `${best.movie} ${best.facts.title ?? ''} ${best.facts.year ?? ''}`,
      best?.score?.toFixed(2),
    ],
  };
}

function decisionsOf(source: string | undefined): List<Decision> {
  return {
    path: '/matches/decisions',
    query: { source },
    page: FullDecisionPage,
    columns: [
      { head: 'ID', align: 'right' },
      { head: 'SOURCE' },
      { head: 'RECORD' },
      { head: 'KIND' },
      { head: 'MOVIE' },
      { head: 'DECIDED', drop: 1 },
      { head: 'BY', isFlexible: true, drop: 2 },
      { head: 'NOTE', isFlexible: true, isOptional: true, drop: 3 },
      { head: 'UNDONE', isOptional: true },
    ],
    rowOf: (decision) => [
      decision.id,
      decision.source,
      decision.record,
      decision.kind,
      decision.movie,
      localTime(decision.decidedAt),
      decision.decidedBy,
      decision.note,
      localTime(decision.undoneAt),
    ],
  };
}
