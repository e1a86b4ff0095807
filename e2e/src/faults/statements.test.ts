import { expect, it } from 'vitest';
import { countStatements, expectPatternsMatch } from './statements.ts';
import { makeCounts } from './statement-counts.ts';

it('counts each statement by the lines of the log that show it', () => {
  const counts = countStatements([
    '2026-01-01 LOG:  statement: copy imdb_next.title_crew from stdin (format binary, freeze)',
    '2026-01-01 LOG:  statement: copy imdb_next.title_crew_change from stdin (format binary)',
    '2026-01-01 LOG:  statement: analyze imdb_next.title_crew',
    '2026-01-01 LOG:  statement: analyze imdb_next.title_akas',
    '2026-01-01 LOG:  execute <unnamed>: select 1',
  ]);
  expect(counts).toMatchObject({ copying: 1, 'copying changes': 1, analyzing: 2, keying: 0 });
});

it('names a pattern that matches nothing, with the kind of run that should show it', () => {
  const counts = makeCounts(() => 1);
  // where it does not come it is not missed
  expect(counts.refresh.keying).toBe(0);
  expect(() => expectPatternsMatch(counts)).not.toThrow();
  const withoutKeys = makeCounts((name) => (name === 'keying' ? 0 : 1));
  expect(() => expectPatternsMatch({ ...counts, full: withoutKeys.full })).toThrow(
    /gone stale.*: "keying" in a full load \(.*create unique index.*\)\. Bring/u,
  );
});
