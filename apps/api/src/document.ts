import { STATUS_CODES } from 'node:http';
import { ATTRIBUTION } from '@marquee/contract';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { BODY_EXAMPLES, ERROR_CODES, PREFILLED } from './document-examples.ts';
import { needsKey, requiredRole, type AccessPolicy } from './http/auth/access-policy.ts';
import type { Exposure } from './http/auth/exposure.ts';
import { SESSION_COOKIE } from './http/auth/session-cookie.ts';
import type { RouteTable } from './http/guard/route-table.ts';

const TERMS =
  'https://help.imdb.com/article/imdb/general-information/can-i-use-imdb-data-in-my-software/G5JTRESSHJBBHTGX';

const ABOUT = `[Back to the site](/)

Your own current copy of IMDb's public datasets, or sample data of the same shape, as in the demo: \`isMadeUp\` of \`GET /published\` says which.

IMDb's data: ${ATTRIBUTION} For personal and non-commercial use, under IMDb's [terms](${TERMS}). Sample data contains none of IMDb's.

**Errors** are \`application/problem+json\` (RFC 9457), with a stable \`code\`, a \`hint\` what to do, and the \`requestId\` under which the log has the details.
Unknown parameters are errors.

**Keys** are needed if the server requires them (401, 403): \`Authorization: Bearer mq_…\` or \`X-API-Key\`. A *reader* reads, an *operator* also starts runs, an *admin* also makes keys and webhooks.

**Caching**: responses of published data have an \`ETag\` and may be cached as \`Cache-Control\` says; a 304 for \`If-None-Match\` costs almost nothing.`;

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Operation['responses'];
const METHODS = ['get', 'post', 'delete', 'put', 'patch'] as const;
type Parameter = Exclude<NonNullable<Operation['parameters']>[number], { $ref: string }>;

/**
 * The OpenAPI document of the API, from its controllers, their schemas and their access policies.
 *
 * @param routes the registered routes; their policies say who may call an operation
 * @param exposure says which operations need a key
 */
export function describeApi(
  app: INestApplication,
  routes: RouteTable,
  exposure: Exposure,
): OpenAPIObject {
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .addServer('/', 'This server')
    .setTitle('marquee')
    .setDescription(ABOUT)
    .setVersion('0.1.0')
    .setTermsOfService(TERMS)
    .setLicense(
      'Apache-2.0 (the code, not the data)',
      'https://www.apache.org/licenses/LICENSE-2.0',
    )
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'mq_ and 43 letters, digits, - and _',
        description: 'A key, such as mq_…',
      },
      'bearer',
    )
    .addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: 'X-API-Key',
        description: 'The same key in its own header',
      },
      'header',
    )
    .addCookieAuth(
      SESSION_COOKIE,
      {
        type: 'apiKey',
        in: 'cookie',
        description: 'The cookie of POST /session, which stands for a key',
      },
      'session',
    )
    .addTag('titles', 'Films, series, episodes and other titles')
    .addTag('names', 'People')
    .addTag('search', 'Full-text search for titles and people')
    .addTag('reconcile', 'The W3C Entity Reconciliation API, for OpenRefine and other clients')
    .addTag('pictures', 'Posters, portraits and other pictures')
    .addTag('charts', 'Top and popular titles, counts and statistics')
    .addTag('changes', 'The rows that each publish changed')
    .addTag('sources', 'Sources of movies besides IMDb, their deliveries and records')
    .addTag('matches', 'Records that are not matched, and decisions about them')
    .addTag('events', 'Ends of runs, publishes and changes of movies, as they are committed')
    .addTag('webhooks', 'Notifications of each publish')
    .addTag('omdb', 'The same data through OMDb’s API')
    .addTag('sql', 'Statements of people, if they are switched on')
    .addTag('runs', 'Start and watch downloads, loads and updates')
    .addTag('exports', 'All tables as files: Parquet, DuckDB, SQLite')
    .addTag('keys', 'API keys and the audit log')
    .addTag('health', 'Health checks and metrics')
    .build();
  const document = SwaggerModule.createDocument(app, about);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const verb = method.toUpperCase();
      describeOperation(operation, routes.policyOf(verb, routeOf(path)), verb, exposure);
    }
  }
  dropSafeBounds(document);
  return document;
}

/**
 * The names of the query parameters of each operation, in the document's order, by method and
 * route, such as `GET /titles/:tconst`.
 */
export function queryParametersOf({
  paths,
}: OpenAPIObject): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      METHODS.map((method) => [
        `${method.toUpperCase()} ${routeOf(path)}`,
        (item[method]?.parameters ?? []).flatMap((parameter) =>
          'in' in parameter && parameter.in === 'query' ? [parameter.name] : [],
        ),
      ]),
    ),
  );
}

/** `/titles/{tconst}` as Fastify writes it: `/titles/:tconst`. */
function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/gu, ':$1');
}

/** Adds what all operations have in common, or follows from their access policy. */
function describeOperation(
  operation: Operation,
  policy: AccessPolicy,
  method: string,
  exposure: Exposure,
): void {
  const { operationId = '' } = operation;
  setProblemType(operation.responses);
  operation.parameters = (operation.parameters ?? []).map((parameter) =>
    'schema' in parameter ? prefill(parameter, PREFILLED[operationId]) : parameter,
  );
  addBodyExamples(operation, operationId);
  const needed = requiredRole(policy, method);
  const common: Responses = {
    // routes with an error shape of their own ignore unknown parameters
    ...(policy.errorBody === undefined ? { 400: problem('Invalid request') } : {}),
    ...(needed === 'anyone'
      ? {}
      : {
          401: problem('The key is missing or invalid'),
          403: problem(
            `The key lacks the role ${needed}, or the request comes from another website`,
          ),
        }),
    ...(policy.monitoring === true ? {} : { 429: problem('Too many requests') }),
    503: problem(
      'The database took more than a second or is unreachable, or the server is shutting down',
    ),
  };
  if (needed !== 'anyone' && needsKey(policy, needed, exposure))
    operation.security = [{ bearer: [] }, { header: [] }, { session: [] }];
  operation.responses = { ...common, ...operation.responses, default: problem('Any other error') };
  addErrorExamples(operation.responses);
  for (const [status, headers] of [
    [429, { ...RETRY_AFTER, ...LIMITS }],
    [503, RETRY_AFTER],
  ] as const) {
    const response = operation.responses[status];
    if (response !== undefined && 'description' in response) response.headers = headers;
  }
  if (policy.published !== true || method !== 'GET') return;
  operation.responses[304] = {
    description: 'The response named by If-None-Match is still current',
    headers: VALIDITY,
  };
  const ok = operation.responses[200];
  if (ok !== undefined && 'description' in ok) ok.headers = VALIDITY;
}

const header = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const },
  example,
});
const RETRY_AFTER = { 'Retry-After': header('Seconds to wait before the next request', '5') };
const LIMITS = {
  RateLimit: header(
    'Requests left (r), and seconds until the limit resets (t)',
    '"requests";r=0;t=12',
  ),
  'RateLimit-Policy': header(
    'Allowed requests (q) in a window of seconds (w)',
    '"requests";q=600;w=60',
  ),
};
const VALIDITY = {
  ETag: header('Version of the response, for If-None-Match', 'W/"x8Fq0nPz3kQmJt5b7sYh2A"'),
  'Cache-Control': header(
    'How long the response may be cached: until the next update is due',
    'public, max-age=3600',
  ),
};

/**
 * Says what a parameter may be like. Swagger UI fills in `example` and `default`: with all filters
 * set at once, a list would be empty. So those of optional parameters become text.
 *
 * @param values the values to fill in instead, by name; null fills in nothing
 */
function prefill(
  parameter: Parameter,
  values: Readonly<Record<string, string | null>> = {},
): Parameter {
  const { description = '', required = false } = parameter;
  const {
    example,
    default: standard,
    ...schema
  } = {
    ...parameter.schema,
    ...(parameter.example === undefined ? {} : { example: parameter.example as unknown }),
  } as Readonly<Record<string, unknown>>;
  const { [parameter.name]: value = required ? example : null } = values;
  const facts = [
    description,
    ...(standard === undefined || /default/iu.test(description)
      ? []
      : [`Default: ${textOf(standard)}`]),
    ...(example === undefined || required ? [] : [`Example: \`${textOf(example)}\``]),
  ];
  return {
    ...parameter,
    description: facts.filter(Boolean).join('. '),
    schema: { ...schema, ...(example === undefined ? {} : { examples: [example] }) },
    example: value ?? undefined,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : Array.isArray(value)
      ? value.join(',')
      : JSON.stringify(value);
}

/** Bodies to choose from; without them, Swagger UI makes one up. */
function addBodyExamples({ requestBody }: Operation, operationId: string): void {
  const examples = Object.hasOwn(BODY_EXAMPLES, operationId)
    ? BODY_EXAMPLES[operationId as keyof typeof BODY_EXAMPLES]
    : undefined;
  if (examples === undefined || requestBody === undefined || !('content' in requestBody)) return;
  const json = requestBody.content['application/json'];
  if (json !== undefined) json.examples = { ...examples };
}

/** An error of the response's own status; the schema's example is of one status alone. */
function addErrorExamples(responses: Responses): void {
  for (const [status, response] of Object.entries(responses)) {
    const code = ERROR_CODES[Number(status)];
    if (code === undefined || response === undefined || !('content' in response)) continue;
    const content = response.content['application/problem+json'];
    if (content !== undefined)
      content.example = {
        type: `urn:marquee:problem:${code}`,
        title: STATUS_CODES[status],
        status: Number(status),
        code,
        detail: `${response.description}.`,
        requestId: '0b5f1f0e-6f0a-4c55-9a3e-2f1c7f0d9a11',
      };
  }
}

/** Removes the bounds that zod gives every integer: those of JavaScript, which say nothing. */
function dropSafeBounds(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  const bounds = node as { minimum?: unknown; maximum?: unknown };
  if (bounds.minimum === Number.MIN_SAFE_INTEGER) delete bounds.minimum;
  if (bounds.maximum === Number.MAX_SAFE_INTEGER) delete bounds.maximum;
  for (const value of Object.values(node)) dropSafeBounds(value);
}

function problem(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/**
 * Sets the content type of errors to problem+json: Swagger's decorators give all responses of an
 * operation the same type.
 */
function setProblemType(
  responses: Record<string, { content: Record<string, unknown> } | object | undefined>,
): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400 || response === undefined || !('content' in response)) continue;
    response.content = Object.fromEntries(
      Object.values(response.content).map((content) => ['application/problem+json', content]),
    );
  }
}
