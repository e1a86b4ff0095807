import { expect, it } from 'vitest';
import { countStatements, expectPatternsMatch } from './statements.ts';
import { makeCounts } from './statement-counts.ts';

it('counts the log lines of each statement', () => {
  const counts = countStatements([
    '2026-01-01 LOG:  statement: copy imdb_next.title_crew from stdin (format binary, freeze)',
    '2026-01-01 LOG:  statement: copy imdb_next.title_crew_change from stdin (format binary)',
    '2026-01-01 LOG:  statement: analyze imdb_next.title_crew',
    '2026-01-01 LOG:  statement: analyze imdb_next.title_akas',
    '2026-01-01 LOG:  execute <unnamed>: select 1',
  ]);
  expect(counts).toMatchObject({ copying: 1, 'copying changes': 1, analyzing: 2, keying: 0 });
});

it('names a pattern that matches nothing, with the kind of run', () => {
  const counts = makeCounts(() => 1);
  // not expected in a refresh
  expect(counts.refresh.keying).toBe(0);
  expect(() => expectPatternsMatch(counts)).not.toThrow();
  const withoutKeys = makeCounts((name) => (name === 'keying' ? 0 : 1));
  expect(() => expectPatternsMatch({ ...counts, full: withoutKeys.full })).toThrow(
    /gone stale.*: "keying" in a full load \(.*create unique index.*\)\. Bring/u,
  );
});
