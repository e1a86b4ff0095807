import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ApiDocument, type JsonSchema, type Operation } from './api-document.ts';
import {
  arbitraryInputs,
  asText,
  validInputs,
  type ApiInput,
  type KnownValues,
} from './api-inputs.ts';
import { bearer, send, type RawResponse } from './raw-request.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const SEED = 20_261;
/** Requests per operation, of valid and of arbitrary input each. */
const REQUESTS = 8;
/** The same of the long tests; begins with the requests of the others, as the seed is the same. */
const MANY_REQUESTS = 25;

const days = useDays({ titles: 1000, days: 2 });
const system = useSharedSystem(() => ({
  published: days,
  // an operation that lacks a privilege answers 500
  roles: true,
  api: { API_ADMIN_KEY: ADMIN },
}));
let document: ApiDocument;
let known: KnownValues;
beforeAll(async () => {
  await system.update(days.day(1));
  // runs are requested like everything else, but need not be executed
  await system.stopWorkers();
  document = await ApiDocument.of(system.apiUrl);
  known = await someValues();
});

/** Existing values by parameter. */
async function someValues(): Promise<KnownValues> {
  const column = async (statement: string) =>
    (
      await system.database.pool.query<{ value: string }>(`select ${statement} as drawn (value)`)
    ).rows.map(({ value }) => value);
  const next = async (path: string) =>
    JSON.parse((await send(system, 'GET', path)).text) as { next?: string | null };
  const cursors = await Promise.all(
    ['/titles?limit=1', '/names?limit=1', '/search?q=the&limit=1', '/changes?limit=1'].map(
      async (path) => (await next(path)).next,
    ),
  );
  const names = (table: string, name: string) =>
    column(
      `value from (select distinct ${name} from imdb.${table} where ${name} is not null limit 10)`,
    );
  return {
    tconst: await column(
      `value from (select tconst from imdb.title_basics order by title_type desc, tconst limit 60)`,
    ),
    nconst: await names('name_basics', 'nconst'),
    person: await names('title_principals', 'nconst'),
    titleType: await names('title_basics', 'title_type'),
    genre: await names('title_basics', 'genres[1]'),
    country: await names('title_akas', 'region'),
    q: await column(
      `split_part(value, ' ', 1) from (select primary_title from imdb.title_basics limit 10)`,
    ),
    i: await names('title_basics', 'tconst'),
    t: await names('title_basics', 'primary_title'),
    s: ['the'],
    season: ['1', 'unknown'],
    id: await column(`value from (select id::text from ingest.run)`),
    after: cursors.filter((cursor) => typeof cursor === 'string'),
  };
}

describe('every documented operation', () => {
  const valid = async (requests: number) =>
    faultsOf((operation) => validInputs(document, operation, known), requests);
  const arbitrary = async (requests: number) =>
    faultsOf((operation) => arbitraryInputs(document, operation, known), requests);

  it('answers valid requests as documented', async () => {
    expect(await valid(REQUESTS)).toEqual([]);
  });

  it('answers arbitrary requests as documented', async () => {
    expect(await arbitrary(REQUESTS)).toEqual([]);
  });

  it('answers many valid requests as documented', { tags: ['long'] }, async () => {
    expect(await valid(MANY_REQUESTS)).toEqual([]);
  });

  it('answers many arbitrary requests as documented', { tags: ['long'] }, async () => {
    expect(await arbitrary(MANY_REQUESTS)).toEqual([]);
  });
});

describe('/docs', () => {
  /** Ids of these exist on no server from the start, or on some data only. */
  const WITHOUT_ID = [
    '/runs/{id}',
    '/runs/{id}/events',
    '/runs/{id}/changes',
    '/runs/{id}/rejects',
    '/deliveries/{delivery}',
    '/sources/{id}/deliveries/{delivery}',
    '/sources/{id}/deliveries/{delivery}/content',
    '/sources/{id}/deliveries/{delivery}/rejects',
    '/sources/{id}/records/{record}',
    '/webhooks/{id}',
    '/webhooks/{id}/deliveries',
    '/titles/{tconst}/series',
    '/exports/{id}',
    '/exports/{id}/{file}',
    '/pictures/{sha256}/{file}',
    '/reconcile/view',
  ];

  it('fills in what answers 200 on sample data', async () => {
    const empty: string[] = [];
    for (const { method, path, parameters } of document.operations) {
      if (method !== 'GET') continue;
      const isIncomplete = parameters.some(
        ({ required, example }) => required === true && example === undefined,
      );
      if (isIncomplete) {
        empty.push(path);
        continue;
      }
      const filled = parameters.reduce(
        (url, { name, in: where, example }) =>
          where === 'path' ? url.replace(`{${name}}`, asText(example)) : url,
        path,
      );
      const query = new URLSearchParams(
        parameters.flatMap(({ name, in: where, example }) =>
          where === 'query' && example !== undefined
            ? [example].flat().map((value): [string, string] => [name, asText(value)])
            : [],
        ),
      ).toString();
      const answer = await send(system, 'GET', `${filled}?${query}`, bearer(ADMIN));
      expect([path, answer.status]).toEqual([path, 200]);
      if (path === '/omdb') expect(JSON.parse(answer.text)).toMatchObject({ Response: 'True' });
      if (path === '/search') expect(JSON.parse(answer.text)).not.toMatchObject({ items: [] });
    }
    expect(empty.sort()).toEqual(WITHOUT_ID.sort());
  });

  it('offers valid bodies for every operation that takes one', () => {
    for (const { method, path, body } of document.operations) {
      if (body === null || Object.keys(body.schema).length === 0) continue;
      const examples = Object.values(body.examples);
      expect(examples.length, `${method} ${path}`).toBeGreaterThan(0);
      for (const { value } of examples)
        expect(document.validationError(value, body.schema), `${method} ${path}`).toBeNull();
    }
  });

  it('describes every field, with an example that its schema allows', () => {
    const faults: string[] = [];
    const visit = (where: string, schema: JsonSchema) => {
      for (const [name, given] of Object.entries((schema['properties'] ?? {}) as Fields)) {
        const field = document.resolve(given);
        const at = `${where}.${name}`;
        if (given['description'] === undefined && field['description'] === undefined)
          faults.push(`${at} has no description`);
        const { example } = field;
        const isPart = ['enum', 'const', 'properties', 'items', 'anyOf', 'allOf', 'oneOf'].some(
          (key) => key in field,
        );
        if (example === undefined && !isPart && field['type'] !== 'boolean')
          faults.push(`${at} has no example`);
        if (example !== undefined && document.validationError(example, field) !== null)
          faults.push(`${at} does not allow its example`);
        if (field['maximum'] === Number.MAX_SAFE_INTEGER) faults.push(`${at} has a vain limit`);
        visit(at, field === given ? field : {});
        visit(at, (field['items'] ?? {}) as JsonSchema);
      }
    };
    for (const [name, schema] of Object.entries(document.schemas)) visit(name, schema);
    expect(faults).toEqual([]);
  });

  it('is OpenAPI 3.1, and asks for a key only where this server does', async () => {
    const { openapi, servers, paths } = (await (
      await fetch(`${system.apiUrl}/openapi.json`)
    ).json()) as {
      openapi: string;
      servers: unknown;
      paths: Record<string, Record<string, { security?: unknown }>>;
    };
    expect(openapi).toBe('3.1.0');
    expect(servers).toEqual([{ url: '/', description: 'This server' }]);
    const locked = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { security }]) =>
        security === undefined ? [] : [`${method} ${path}`],
      ),
    );
    expect(locked.sort()).toEqual(['delete /keys/{id}', 'get /keys', 'post /keys']);
    const text = await (await fetch(`${system.apiUrl}/docs/swagger-ui-init.js`)).text();
    expect(text).toContain('[Back to the site](/)');
  });
});

type Fields = Readonly<Record<string, JsonSchema>>;

/** Deviations from the document, each with a minimal request. */
async function faultsOf(
  inputsOf: (operation: Operation) => fc.Arbitrary<ApiInput>,
  numRuns: number,
): Promise<string[]> {
  const faults: string[] = [];
  for (const operation of document.operations) {
    const property = fc.asyncProperty(inputsOf(operation), fc.boolean(), async (input, keyed) => {
      const fault = faultIn(operation, await ask(operation, input, keyed));
      if (fault !== null) throw new Error(fault);
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      numRuns,
      seed: SEED,
      endOnFailure: false,
      maxSkipsPerRun: 0,
      interruptAfterTimeLimit: 20_000,
    });
    if (failed)
      faults.push(
        `${operation.method} ${operation.path} ${JSON.stringify(counterexample?.[0])}: ${errorInstance instanceof Error ? errorInstance.message : ''}`,
      );
  }
  return faults;
}

/** On a busy machine a statement can time out, whatever the request. */
const TRIES = 3;

async function ask(
  { method }: Operation,
  { path, body }: ApiInput,
  keyed: boolean,
): Promise<RawResponse> {
  for (let tries = 1; ; tries++) {
    const answer = await send(system, method, path, keyed ? bearer(ADMIN) : {}, body);
    if (answer.status !== 503 || tries === TRIES) return answer;
  }
}

/** Responses that the server sends before routing a request. */
const NOT_OF_AN_OPERATION = new Set(['no-such-route', 'url-too-long']);

function faultIn({ responses }: Operation, { status, headers, text }: RawResponse): string | null {
  if (status >= 500) return `${status}: ${text}`;
  const type = /^[^;]*/u.exec((headers['content-type'] as string | undefined) ?? '')?.[0] ?? '';
  if (status >= 400 && NOT_OF_AN_OPERATION.has((JSON.parse(text) as { code: string }).code))
    return null;
  const response = responses[status];
  if (response === undefined) return `the status ${status} is not documented: ${text}`;
  const { content = {} } = response;
  if (text === '' && Object.keys(content).length === 0) return null;
  const described = content[type];
  if (described === undefined)
    return `an answer of ${status} is of the type ${type}, not ${Object.keys(content).join(' or ')}`;
  if (type === 'application/x-ndjson')
    text
      .split('\n')
      .filter(Boolean)
      .forEach((line) => void JSON.parse(line));
  if (!/^application\/(?:problem\+)?json$/u.test(type)) return null;
  const fault = document.validationError(JSON.parse(text), described.schema ?? {});
  return fault === null
    ? null
    : `an answer of ${status} is not as documented: ${fault}\n${text.slice(0, 500)}`;
}
