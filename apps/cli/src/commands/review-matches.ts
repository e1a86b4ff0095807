import type { Decision, MatchFacts, OpenMatch } from '@marquee/contract';
import { labelOf } from '@marquee/contract/title-facts';
import { counted } from '@marquee/terminal/format';
import type { Column } from '@marquee/terminal/table';
import type { Context } from '../context/context.ts';
import { decide, FullMatchPage, summaryOf } from './decide-match.ts';

/** What somebody answers about a record. */
type Answer = 'skip' | 'quit' | { readonly kind: Decision['kind']; readonly movie?: string };

const PAGE = 20;

/** The keys for the second and further candidates. */
const DIGITS = ['2', '3', '4', '5'] as const;

/**
 * Shows records one after the other, each beside its candidates, and asks which of them is the same.
 * Those that are skipped stay open.
 *
 * @param input the keys of the reader
 */
export async function reviewMatches(
  context: Context,
  query: Readonly<Record<string, string | undefined>>,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
  const { api, out } = context;
  let decided = 0;
  let after: string | undefined;
  do {
    const page = await api.get(FullMatchPage, '/matches', { ...query, after, limit: PAGE });
    for (const match of page.items) {
      show(context, match);
      const answer = await ask(context, match, input);
      if (answer === 'quit') {
        out.note(`${counted(decided, 'decision')}.`);
        return;
      }
      if (answer === 'skip') continue;
      const { source, record } = match;
      const decision = await decide(context, { source, record, ...answer });
      decided += 1;
      out.note(`${summaryOf(decision)} To undo it: marquee matches undo ${decision.id}`);
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
  out.note(`${counted(decided, 'decision')}. There are no more records to decide about.`);
}

/** Shows the facts of a record beside those of its candidates. */
function show(
  { out }: Context,
  { source, record, state, reason, facts, candidates }: OpenMatch,
): void {
  out.line();
  out.line(`${source} ${record}: ${state}${reason === null ? '' : `, ${reason}`}`, 'bold');
  const columns: Column[] = [
    { head: '' },
    { head: 'RECORD', isFlexible: true },
    ...candidates.map((_, i) => ({ head: `CANDIDATE ${i + 1}`, isFlexible: true as const })),
  ];
  const all = [facts, ...candidates.map((candidate) => candidate.facts)];
  const row = (head: string, textOf: (of: MatchFacts) => string | number | null) => [
    head,
    ...all.map(textOf),
  ];
  out.table(columns, [
    ['id', record, ...candidates.map(({ movie }) => movie)],
    row('title', ({ title }) => title),
    row('original', ({ title, originalTitle }) => (originalTitle === title ? '' : originalTitle)),
    row('year', ({ year }) => year),
    row('type', ({ type }) => labelOf(type)),
    row('minutes', ({ runtimeMinutes }) => runtimeMinutes),
    row('directors', ({ directors }) => directors.join(', ')),
    ['score', '', ...candidates.map(({ score }) => score?.toFixed(2))],
  ]);
}

async function ask(
  { signal }: Context,
  { candidates }: OpenMatch,
  input: NodeJS.ReadableStream,
): Promise<Answer> {
  const { expand } = await import('@inquirer/prompts');
  const [first, ...others] = candidates.map(({ movie }) => movie);
  const choice = <K extends string>(key: K, name: string, value: Answer) => ({ key, name, value });
  const choices = [
    ...(first === undefined
      ? []
      : [
          choice('s', `the same as candidate 1, ${first}`, { kind: 'same', movie: first }),
          choice('d', `never candidate 1, ${first}`, { kind: 'different', movie: first }),
        ]),
    ...DIGITS.flatMap((key, i) => {
      const movie = others[i];
      return movie === undefined
        ? []
        : [choice(key, `the same as candidate ${key}, ${movie}`, { kind: 'same', movie })];
    }),
    choice('n', 'none of them', { kind: 'none' }),
    choice('k', 'skip it', 'skip'),
    choice('q', 'quit', 'quit'),
  ];
  return expand<Answer>(
    { message: 'The same movie?', choices, default: 'h', expanded: false },
    { signal, input, output: process.stderr },
  );
}
