import type { Decision, MatchFacts, OpenMatch } from '@marquee/contract';
import { PassThrough } from 'node:stream';
import { serveTestApi } from '@marquee/api-client/testing';
import { describe, expect, it } from 'vitest';
import { contextOf } from '../testing/context.ts';
import { marquee } from '../testing/marquee.ts';
import { captureOutput } from '../testing/terminal.ts';
import { reviewMatches } from './review-matches.ts';

const facts = (title: string, year: number, directors: string[]): MatchFacts => ({
  title,
  originalTitle: title,
  year,
  type: 'movie',
  runtimeMinutes: 95,
  directors,
  poster: null,
});
const candidate = (movie: string, score: number, director: string) => ({
  movie,
  source: null,
  record: null,
  score,
  parts: null,
  facts: facts('The Twins', 2001, [director]),
});
const MATCH: OpenMatch = {
  source: 'my-films',
  record: '5',
  state: 'doubtful',
  reason: 'ambiguous',
  movie: 'mq000000000000001',
  delivery: 7,
  matchedAt: '2026-08-15T06:15:00Z',
  facts: facts('The Twins', 2001, []),
  candidates: [candidate('tt0000003', 0.91, 'Ada Winter'), candidate('tt0000004', 0.9, 'Bo Frost')],
};
const DECISION: Decision = {
  id: 3,
  source: 'my-films',
  record: '5',
  kind: 'same',
  movie: 'tt0000004',
  note: null,
  decidedAt: '2026-08-15T06:15:00Z',
  decidedBy: 'ada',
  undoneAt: null,
  undoneBy: null,
};
const answers = {
  '/matches': { items: [MATCH, { ...MATCH, record: '6' }], next: null },
  'POST /matches/decisions': DECISION,
};

describe('marquee matches', () => {
  it('lists records with their best candidate where nobody can be asked', async () => {
    const { stdout, api } = await marquee(answers, ['matches', '--source', 'my-films']);
    expect(stdout).toMatch(
      /my-films +5 +doubtful +The Twins +2001 +ambiguous +tt0000003 The Twins 2001 +0\.91/u,
    );
    expect(api.queriesOf('/matches')).toMatchObject([{ source: 'my-films' }]);
    const { code, stderr } = await marquee(answers, ['matches', '--state', 'open']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected some of matched')]);
  });

  it('decides and undoes', async () => {
    const { api, stdout } = await marquee(answers, [
      ...['matches', 'decide', 'my-films', '5', 'same', 'tt0000004', '--note', 'the director'],
    ]);
    expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({
      source: 'my-films',
      record: '5',
      kind: 'same',
      movie: 'tt0000004',
      note: 'the director',
    });
    expect(stdout).toBe(
      'Record 5 of my-films tells of tt0000004. To undo it: marquee matches undo 3\n',
    );
    const undone = { ...DECISION, undoneAt: '2026-08-16T00:00:00Z', undoneBy: 'ada' };
    const { code } = await marquee({ 'DELETE /matches/decisions/3': undone }, [
      ...['matches', 'undo', '3'],
    ]);
    expect(code).toBe(0);
    expect((await marquee({}, ['matches', 'decide', 'my-films', '5', 'same'])).code).toBe(2);
  });
});

describe('a review', () => {
  /** Answers the questions of a review with these keys. */
  async function review(...keys: string[]) {
    const api = await serveTestApi(answers);
    const written = captureOutput(120);
    const input = new PassThrough();
    const reviewed = reviewMatches(contextOf(api.url), { state: 'doubtful' }, input);
    for (const [i, key] of keys.entries()) {
      // a key before its question would be lost
      await expect
        .poll(() => written.stderr.split('The same movie?').length - 1)
        .toBeGreaterThan(i);
      input.write(`${key}\n`);
    }
    await reviewed;
    const sent = api.requests
      .filter(({ method }) => method === 'POST')
      .map(({ body }): unknown => JSON.parse(body));
    return { ...written, sent };
  }

  it('shows the record beside its candidates, and takes one key for each', async () => {
    const { stdout, stderr, sent } = await review('2', 'n');
    expect(stdout).toContain('my-films 5: doubtful, ambiguous');
    expect(stdout).toMatch(/id +5 +tt0000003 +tt0000004/u);
    expect(stdout).toMatch(/directors +Ada Winter +Bo Frost/u);
    expect(sent).toEqual([
      { source: 'my-films', record: '5', kind: 'same', movie: 'tt0000004' },
      { source: 'my-films', record: '6', kind: 'none' },
    ]);
    expect(stderr).toContain('2 decisions. There are no more records to decide about.');
  });

  it('skips, and ends when it is asked to', async () => {
    const { sent, stderr } = await review('k', 'q');
    expect(sent).toEqual([]);
    expect(stderr).toContain('0 decisions.');
  });
});
