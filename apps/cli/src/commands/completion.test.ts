import { type AnswersByPath, RUN } from '@marquee/api-client/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { marquee } from '../testing/marquee.ts';

/** The output of `marquee complete`, which also reads the process's arguments. */
async function complete(...args: string[]): Promise<string> {
  return completeWith({}, ...args);
}

async function completeWith(answers: AnswersByPath, ...args: string[]): Promise<string> {
  const { argv } = process;
  process.argv = ['node', 'marquee', 'complete', ...args];
  let logged = '';
  const log = vi.spyOn(console, 'log').mockImplementation((text: unknown) => {
    logged += `${String(text)}\n`;
  });
  onTestFinished(() => {
    process.argv = argv;
    log.mockRestore();
  });
  const { stdout } = await marquee(answers, ['complete', ...args]);
  process.argv = argv;
  return logged + stdout;
}

const SHARE = { records: 0, percent: null };
const MATCHES = {
  matched: SHARE,
  doubtful: SHARE,
  unmatched: SHARE,
  conflict: SHARE,
  waiting: 0,
};

const describeStep = (text: string) => text.split('\n').map((line) => line.split('\t')[0]);

it('is a script for each shell; the one for bash also works without a package', async () => {
  expect(await complete('bash')).toMatch(/complete -F __marquee_complete_anywhere marquee\n$/u);
  for (const shell of ['zsh', 'fish', 'powershell']) {
    const script = await complete(shell);
    expect(script, shell).toContain('marquee');
    expect(script, shell).not.toContain('_anywhere');
  }
});

it('completes commands, subcommands and options', async () => {
  expect(describeStep(await complete('--', 'sna'))).toContain('snapshots');
  expect(describeStep(await complete('--', 'runs', ''))).toEqual(
    expect.arrayContaining(['list', 'watch', 'cancel']),
  );
  const options = describeStep(await complete('--', 'search', '--mi'));
  expect(options).toEqual(expect.arrayContaining(['--min-rating', '--min-votes']));
  expect(options).not.toContain('--kind');
});

it.each([
  ['movies', ['list', 'show', 'explain', 'locks', 'lock', 'unlock']],
  ['rules', ['list', 'show', 'set', 'reset']],
  ['matches', ['review', 'list', 'decide', 'undo', 'decisions']],
  ['sources', ['list', 'show', 'add', 'check', 'deliver', 'deliveries', 'withdraw', 'take']],
  ['pictures', ['list', 'add', 'remove']],
])('completes the commands of %s', async (command, names) => {
  expect(describeStep(await complete('--', command, ''))).toEqual(expect.arrayContaining(names));
});

it('completes ids of sources and decisions, as the server lists them', async () => {
  const source = {
    url: null,
    licence: { name: 'Mine', url: null, republish: true },
    attribution: null,
    origin: 'api',
    priority: 10,
    records: 0,
    matches: MATCHES,
    rejects: 0,
    lastDelivery: null,
    updatedAt: '2026-08-15T06:15:00Z',
  };
  const items = [
    { ...source, id: 'imdb', name: 'IMDb', files: [] },
    { ...source, id: 'my-films', name: 'My films', files: ['films'] },
  ];
  const answers = { '/sources': { items, hasLocks: false, hasPictures: false } };
  expect(await completeWith(answers, '--', 'sources', 'show', '')).toContain('imdb\tIMDb\n');
  for (const words of [
    ...['deliver', 'deliveries', 'rejects', 'withdraw', 'take', 'remove'].map((each) => [
      'sources',
      each,
    ]),
    ['matches', 'decide'],
    ['matches', 'list', '--source'],
    ['movies', 'list', '--source'],
    ['sources', 'check', 'films.csv', '--source'],
  ])
    expect(await completeWith(answers, '--', ...words, ''), words.join(' ')).toMatch(
      words.includes('movies') ? /^imdb\tIMDb\nmy-films\tMy films\n/u : /^my-films\tMy films\n/u,
    );
});

it('takes bash after -- as a word to complete', async () => {
  expect(await complete('--', 'bash')).not.toContain('complete -F');
});

it.each([
  [['search', '--type', 'mov'], ['movie']],
  // after the words that are there, and none of them again
  [
    ['search', '--type', 'movie,tvS'],
    ['movie,tvSeries', 'movie,tvShort', 'movie,tvSpecial'],
  ],
  [
    ['top', '--genre', 'W'],
    ['War', 'Western'],
  ],
  [['update', '--datasets', 'title.a'], ['title.akas']],
  [['update', '--ignore-gates', 'rejects,r'], ['rejects,row-loss']],
  [['changes', '--kind', 're'], ['reload']],
  [['events', '--type', 'run.ended,m'], ['run.ended,movie.updated']],
  [
    ['open', 'd'],
    ['data', 'docs'],
  ],
  [['movies', 'lock', 'tt0000001', 'ru'], ['runtimeMinutes']],
  [['movies', 'unlock', 'tt0000001', 'tag'], ['tagline']],
  [['rules', 'set', 'tit'], ['title']],
  [
    ['rules', 'reset', 'rating'],
    ['ratings', 'rating'],
  ],
  [
    ['profit', '--by', 'c'],
    ['company', 'country'],
  ],
  [['matches', 'list', '--state', 'dou'], ['doubtful']],
  [
    ['sources', 'take', 'nfo', '7', '--ignore-gates', 'too-many'],
    ['too-many-rejects', 'too-many-lost'],
  ],
  [
    ['pictures', 'add', 'tt0000001', 'a.png', '--kind', 'p'],
    ['poster', 'portrait'],
  ],
])('completes the values of %j: %j', async (words, values) => {
  const lines = (await complete('--', ...words)).trimEnd().split('\n').slice(0, -1);
  expect(lines).toEqual(values.map((value) => expect.stringMatching(`^${value}\t`) as string));
});

it('completes ids of runs and snapshots, as the server lists them', async () => {
  const snapshot = { id: 'title.ratings-20260815T061500Z-0a1b2c3d', dataset: 'title.ratings' };
  const rest = { lastModified: null, bytes: 1, rawBytes: 1, rows: 1, isPublished: true };
  const answers = {
    '/runs': { items: [RUN], next: null },
    '/snapshots': { items: [{ ...snapshot, ...rest, fetchedAt: '2026-08-15T06:15:00Z' }] },
  };
  for (const words of [['runs', 'watch'], ['runs', 'cancel'], ['rejects']])
    expect(await completeWith(answers, '--', ...words, '')).toMatch(
      new RegExp(`^${RUN.id}\tupdate of .*, succeeded\n`, 'mu'),
    );
  expect(await completeWith(answers, '--', 'snapshots', 'load', 'title.r')).toContain(snapshot.id);
  // a server that refuses is no reason for an error in the line that is typed
  expect(await complete('--', 'runs', 'watch', '')).toBe(':4\n');
});
