import { randomBytes } from 'node:crypto';
import { estimateTokens, MAX_TOKENS } from '@marquee/mcp';
import {
  chooseFilmFacts,
  FILM_QUESTIONS,
  type Ask,
  type FilmFacts,
  type FilmQuestionName,
} from '@marquee/mcp/testing';
import { NewKey } from '@marquee/contract';
import type { Client } from '@modelcontextprotocol/client';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { beforeAll, describe, expect, it } from 'vitest';
import { usePublishedDay } from './day-rows.ts';
import { FILM_TRUTHS, type FilmFiles } from './film-truths.ts';
import { askBy, connectMcp, PROTOCOLS, textOf } from './mcp-client.ts';
import { bearer, send } from './raw-request.ts';
import { readReferenceCatalogue } from './reference-catalogue.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const TOOLS = [
  'search',
  'title',
  'person',
  'discover',
  'episodes',
  'rank_people',
  'compare_people',
  'connect_people',
  'match',
  'changes',
];

describe('the tools', () => {
  const day = usePublishedDay(3000);
  const days = useDays({ titles: 3000, days: 1 });
  const texts: string[] = [];
  let client: Client;
  let ask: Ask;
  let facts: FilmFacts;
  let files: FilmFiles;
  beforeAll(async () => {
    client = await connectMcp(day.system.apiUrl);
    ask = askBy(client, (text) => texts.push(text));
    facts = await chooseFilmFacts(ask);
    files = { rows: day.files, titles: (await readReferenceCatalogue(days.day(0))).titles };
    return async () => client.close();
  });

  it('are ten, each read-only, with schemas of what it takes and answers, and described', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(TOOLS);
    for (const { name, description, annotations, inputSchema, outputSchema } of tools) {
      expect(annotations, name).toMatchObject({ readOnlyHint: true, destructiveHint: false });
      expect(inputSchema, name).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema?.['required'], name).toContain('data');
      expect(description?.length, name).toBeGreaterThan(150);
    }
    expect(Object.keys(tools[3]?.inputSchema.properties ?? {})).toEqual(
      expect.arrayContaining(['genreNone', 'country', 'person', 'role', 'numVotesTo', 'isAdult']),
    );
  });

  it('answer thirty questions about films as the files do', async () => {
    const names = Object.keys(FILM_QUESTIONS) as FilmQuestionName[];
    expect(names).toHaveLength(30);
    for (const name of names) {
      const { question, plan } = FILM_QUESTIONS[name];
      const truth = FILM_TRUTHS[name](files, facts);
      expect(truth, name).not.toBeOneOf([undefined, null, 0, []]);
      expect(await plan(ask, facts), `${name}: ${question(facts)}`).toEqual(truth);
    }
  });

  it('name the day of the data and its source, and are short', async () => {
    await ask('changes', { what: 'new' });
    await ask('changes', { what: 'rows' });
    await ask('title', { id: facts.movie.id, part: 'similar' });
    await ask('title', { id: facts.movie.id, part: 'ratings' });
    await ask('title', { id: facts.movie.id, part: 'sources' });
    await ask('discover', { limit: 25 });
    await ask('rank_people', { as: 'cast', limit: 25 });
    expect(texts.length).toBeGreaterThan(40);
    for (const text of texts) {
      const tokens = countTokens(text);
      expect(tokens, text).toBeLessThan(MAX_TOKENS);
      expect(tokens, text).toBeLessThanOrEqual(estimateTokens(text));
      expect(text).toMatch(
        /"data":\{"day":"\d{4}-\d\d-\d\d","source":"All titles and people are made up/u,
      );
    }
  });

  it('stay short for titles in any script, and go on behind what was left out', async () => {
    const name = '映画の長い題名'.repeat(17);
    await day.system.query(
      `insert into imdb.title_akas (title_id, ordering, title, region)
       select $1::text, n, $2::text || n, 'JP' from generate_series(1001, 1030) as n`,
      [facts.series.id, name],
    );
    const read: string[] = [];
    for (let more: string | undefined, i = 0; i === 0 || more !== undefined; i++) {
      const given = { id: facts.series.id, part: 'names', ...(more === undefined ? {} : { more }) };
      const answer = await ask('title', given);
      expect(countTokens(texts.at(-1) ?? '')).toBeLessThan(MAX_TOKENS);
      read.push(
        ...(answer.names ?? []).flatMap((one) => (one.name.startsWith('映画') ? one.name : [])),
      );
      ({ more } = answer);
    }
    expect(read).toHaveLength(30);
    await day.system.query('delete from imdb.title_akas where ordering > 1000');
  });

  it('stay short for people whose titles are all long', async () => {
    const ranked = await ask('rank_people', { as: 'cast', limit: 5 });
    const people = ranked.items?.map(({ id }) => id) ?? [];
    expect(people).toHaveLength(5);
    await day.system.query(
      'create table kept as select tconst, primary_title from imdb.title_basics',
    );
    await day.system.query('update imdb.title_basics set primary_title = $1', ['映'.repeat(120)]);
    const calls = {
      compare_people: { people },
      connect_people: { from: people[0], to: people[4] },
      person: { id: people[0] },
    };
    for (const [name, given] of Object.entries(calls)) {
      await ask(name, given);
      expect(texts.at(-1)).toContain('映');
      expect(countTokens(texts.at(-1) ?? ''), name).toBeLessThan(MAX_TOKENS);
    }
    await day.system.query(
      'update imdb.title_basics as t set primary_title = k.primary_title from kept as k where k.tconst = t.tconst',
    );
    await day.system.query('drop table kept');
  });

  it('say what is wrong, what was meant, and what an empty answer means', async () => {
    const errorOf = async (name: string, given: object) => {
      const result = await client.callTool({ name, arguments: { ...given } });
      expect(result.isError, textOf(result)).toBe(true);
      return textOf(result);
    };
    expect(await errorOf('discover', { genre: 'Dramma' })).toMatch(/^genre: .*did you mean Drama/u);
    expect(await errorOf('title', { id: 'tt99999999' })).toBe(
      'There is no title with the id tt99999999.\nThe tool search finds ids.',
    );
    expect(await errorOf('title', { id: 'nm0000001' })).toContain('is the id of a person');
    expect(await errorOf('title', { id: 'nm0000001' })).not.toContain('GET /');
    for (const order of ['episode', 'best'])
      expect(
        await errorOf('episodes', { series: facts.series.id, season: 1, order, more: 'zz' }),
      ).toMatch(/^more: .*; expected `more` of the last answer/u);
    expect(await errorOf('discover', { gener: 'Drama' })).toMatch(/gener/u);
    expect(await errorOf('discover', { startYearFrom: 2000, startYearTo: 1990 })).toContain(
      'startYearTo: expected 2000 or more',
    );
    expect(await ask('discover', { genre: 'Horror', startYearTo: 1800 })).toMatchObject({
      items: [],
      note: 'No title matches all of these filters.',
    });
    expect(await ask('search', { query: 'qqqqqqqqzzzz' })).toMatchObject({
      items: [],
      note: expect.stringContaining('qqqqqqqqzzzz') as string,
    });
  });

  it('have titles and people as resources too', async () => {
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'marquee://title/{id}',
      'marquee://name/{id}',
    ]);
    const read = async (uri: string) => {
      const { contents } = await client.readResource({ uri });
      const [one] = contents;
      return one !== undefined && 'text' in one ? (JSON.parse(one.text) as object) : null;
    };
    const { movie, actor } = facts;
    expect(await read(`marquee://title/${movie.id}`)).toEqual(await ask('title', { id: movie.id }));
    expect(await read(`marquee://name/${actor.id}`)).toEqual(await ask('person', { id: actor.id }));
    await expect(read('marquee://title/tt99999999')).rejects.toThrow('There is no title');
  });

  it.each(PROTOCOLS)(
    'answer clients of %s alike, and keep no state between requests',
    async (protocol) => {
      const other = await connectMcp(day.system.apiUrl, protocol);
      expect(other.getNegotiatedProtocolVersion()).toBe(protocol);
      expect((await other.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
      const answer = await askBy(other)('title', { id: facts.movie.id });
      expect(answer).toEqual(await ask('title', { id: facts.movie.id }));
      expect(other.getInstructions()).toContain('data.source');
      await other.close();
    },
  );
});

describe('a server that needs keys', () => {
  const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
  const keyed = useSharedSystem(() => ({
    workers: false,
    api: { API_PUBLISHED_ON: '0.0.0.0', API_ADMIN_KEY: ADMIN, KEY_REQUESTS_PER_MINUTE: '0' },
  }));

  it('takes the key of a reader, and refuses others as the API does', async () => {
    await expect(connectMcp(keyed.apiUrl)).rejects.toThrow();
    const body = JSON.stringify({ name: 'a client', role: 'reader', requestsPerMinute: 5 });
    const made = await send(keyed, 'POST', '/keys', bearer(ADMIN), body);
    const { secret } = NewKey.parse(JSON.parse(made.text));
    const client = await connectMcp(keyed.apiUrl, '2026-07-28', bearer(secret));
    const ask = askBy(client);
    expect(await ask('discover', {})).toMatchObject({ items: [] });
    // connecting was a request, the call another one, and two were those of its answer
    await expect(ask('discover', {})).rejects.toThrow('More than 5 requests in a minute');
    await client.close();
  });
});

describe('a server of this machine', () => {
  const open = useSharedSystem(() => ({ workers: false, roles: true, api: { API_SQL: 'false' } }));
  const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const accept = 'application/json, text/event-stream';

  it('answers no page of another website, and under no other name', async () => {
    const statusOf = async (headers: Record<string, string>) =>
      (await send(open, 'POST', '/mcp', { accept, ...headers }, ping)).status;
    expect(await statusOf({})).toBe(200);
    expect(await statusOf({ origin: 'https://evil.example' })).toBe(403);
    expect(await statusOf({ host: 'evil.example' })).toBe(421);
    expect((await send(open, 'GET', '/mcp')).status).toBe(405);
  });

  it('takes a few messages at once, and any that is nested deep', async () => {
    const answerTo = async (body: string) => send(open, 'POST', '/mcp', { accept }, body);
    const batch = (length: number) =>
      JSON.stringify(Array.from({ length }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' })));
    expect((await answerTo(batch(10))).text.match(/"result":\{\}/gu)).toHaveLength(10);
    expect((await answerTo(batch(11))).status).toBe(400);
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const params = `"params":{"name":"search","arguments":{"query":${deep}}}`;
    const call = await answerTo(`{"jsonrpc":"2.0","id":1,"method":"tools/call",${params}}`);
    expect([call.status, call.text]).toEqual([200, expect.stringContaining('query')]);
  });

  it('has no SQL', async () => {
    const client = await connectMcp(open.apiUrl);
    await expect(askBy(client)('sql', { statement: 'select 1' })).rejects.toThrow(/sql/u);
    expect(await open.ask('POST', '/sql', { statement: 'select 1' })).toMatchObject({
      status: 403,
      body: { code: 'sql-off' },
    });
    await client.close();
  });
});

describe('a server with SQL', () => {
  const day = useDays({ titles: 3000, days: 1 });
  const system = useSharedSystem(() => ({
    workers: false,
    roles: true,
    published: day,
    api: { API_SQL: 'true' },
  }));

  it('runs selects as the role that only reads', async () => {
    const client = await connectMcp(system.apiUrl);
    const texts: string[] = [];
    const ask = askBy(client, (text) => texts.push(text));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([...TOOLS, 'sql']);
    const run = async (statement: string, limit = 50) => ask('sql', { statement, limit });
    expect(await run('select current_user, 1 as "one", null as none;')).toMatchObject({
      columns: ['current_user', 'one', 'none'],
      rows: [['marquee_reader', 1, null]],
      hasMore: false,
    });
    const [expected] = await system.query('select count(*)::int as n from imdb.title_basics');
    expect(await run('select count(*) from title_basics -- all')).toMatchObject({
      rows: [[expected?.['n']]],
    });
    expect(await run('select * from title_basics', 2)).toMatchObject({ hasMore: true });
    expect(await run('select count(1), count(null), 3 as "2", 4 as asked')).toMatchObject({
      columns: ['count', 'count', '2', 'asked'],
      rows: [[1, 0, 3, 4]],
    });
    expect(await run('select 1 as one where false')).toMatchObject({
      columns: ['one'],
      rows: [],
      note: 'No row matches.',
    });
    const long = `select ${"repeat('a b', 90), ".repeat(40)}1`;
    await run(long);
    expect(countTokens(texts.at(-1) ?? '')).toBeLessThan(MAX_TOKENS);
    await expect(run(`select ${'null, '.repeat(1000)}1`)).rejects.toThrow(
      'A row of 1001 columns is too long',
    );
    for (const statement of [
      "update title_basics set primary_title = 'x'",
      'with gone as (delete from title_basics returning 1) select * from gone',
      'select 1; select 2',
      'select * from access.key',
      "select pg_read_file('/etc/passwd')",
      'set statement_timeout = 0',
      "select repeat('x', 30000)",
      'select $1::int',
      'select pg_advisory_lock(1)',
      'select pg_try_advisory_xact_lock_shared(1, 2)',
      "select pg_notify('marquee', 'keys')",
      "select pg_logical_emit_message(false, 'a', repeat('x', 1000))",
      'select pg_terminate_backend(pid) from pg_stat_activity',
      "select pg_prewarm('title_basics')",
      'select autoprewarm_start_worker()',
      "select 'a') as asked union all select repeat('x', 30000) from (select 1",
    ])
      await expect(run(statement), statement).rejects.toThrow(
        /^sql: (?:PostgreSQL rejects|Row 1)/u,
      );
    await client.close();
  });

  it('ends a statement after ten seconds', { tags: ['long'] }, async () => {
    const { status, body } = await system.ask('POST', '/sql', { statement: 'select pg_sleep(60)' });
    expect([status, body]).toMatchObject([503, { code: 'too-slow' }]);
  });
});
