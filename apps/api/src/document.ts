import { ATTRIBUTION } from '@marquee/contract';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { requiredRole, type AccessPolicy } from './http/auth/access-policy.ts';
import type { RouteTable } from './http/guard/route-table.ts';

const TERMS =
  'https://help.imdb.com/article/imdb/general-information/can-i-use-imdb-data-in-my-software/G5JTRESSHJBBHTGX';

const ABOUT = `Your own current copy of IMDb's public datasets; or made-up data in their shapes, as in the demo: \`GET /published\` tells which it is (\`isMadeUp\`).

Of IMDb's: ${ATTRIBUTION} For personal and non-commercial use; IMDb's [terms](${TERMS}) hold. Of made-up data, none is IMDb's.

**Errors** are \`application/problem+json\` (RFC 9457), with a \`code\` that stays, a \`hint\` at what to do, and the \`requestId\` under which the log has more.
Parameters that an operation does not have are refused.

**Keys** are needed where the server says so (401, 403): \`Authorization: Bearer mq_…\` or \`X-API-Key\`. A *reader* reads, an *operator* also starts runs, an *admin* also makes keys and webhooks.

**Caching**: what is published has an \`ETag\` and may be kept for as long as \`Cache-Control\` says; with \`If-None-Match\` a 304 costs next to nothing.`;

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Operation['responses'];
const METHODS = ['get', 'post', 'delete', 'put', 'patch'] as const;
type Parameter = Exclude<NonNullable<Operation['parameters']>[number], { $ref: string }>;

/**
 * The OpenAPI document of the API, from its controllers, their schemas and their access policies.
 *
 * @param routes the registered routes; their policies say who may call an operation
 */
export function describeApi(app: INestApplication, routes: RouteTable): OpenAPIObject {
  const about = new DocumentBuilder()
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
        description: 'The same in a header of its own',
      },
      'header',
    )
    .addTag('titles', 'Films, series, episodes and the rest')
    .addTag('names', 'People')
    .addTag('search', 'Titles and people by text')
    .addTag('charts', 'The best and the best known, and figures of all there is')
    .addTag('changes', 'What each publish has changed')
    .addTag('webhooks', 'Calls when something is published')
    .addTag('omdb', 'The same data in OMDb’s shapes')
    .addTag('runs', 'Downloads, loads and updates: start them and watch them')
    .addTag('keys', 'Who may do what, and who has done what')
    .addTag('health', 'For whoever looks after the process')
    .build();
  const document = SwaggerModule.createDocument(app, about);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const verb = method.toUpperCase();
      describeOperation(operation, routes.policyOf(verb, routeOf(path)), verb);
    }
  }
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
function describeOperation(operation: Operation, policy: AccessPolicy, method: string): void {
  nameProblems(operation.responses);
  operation.parameters = (operation.parameters ?? []).map((parameter) =>
    'schema' in parameter ? offerExample(parameter) : parameter,
  );
  const needed = requiredRole(policy, method);
  const common: Responses = {
    // parameters that an operation does not have are refused, but where other clients are answered
    // in their own way
    ...(policy.errorBody === undefined ? { 400: problem('The input is not right') } : {}),
    ...(needed === 'anyone'
      ? {}
      : {
          401: problem('A key is needed, or the one that was sent is not good'),
          403: problem(`The key has not the role ${needed}, or a page of another website asks`),
        }),
    ...(policy.monitoring === true ? {} : { 429: problem('Too many requests') }),
    503: problem(
      'The database took more than a second or does not answer, or the server is being stopped',
    ),
  };
  if (needed !== 'anyone') {
    // the empty one: a server may be open
    operation.security = [
      { bearer: [] },
      { header: [] },
      ...(policy.evenWhenOpen === true ? [] : [{}]),
    ];
  }
  operation.responses = { ...common, ...operation.responses, default: problem('Any other error') };
  for (const [status, headers] of [
    [429, { ...RETRY_AFTER, ...LIMITS }],
    [503, RETRY_AFTER],
  ] as const) {
    const refusal = operation.responses[status];
    if (refusal !== undefined && 'description' in refusal) refusal.headers = headers;
  }
  if (policy.published !== true || method !== 'GET') return;
  operation.responses[304] = {
    description: 'What If-None-Match names is still what is published',
    headers: VALIDITY,
  };
  const good = operation.responses[200];
  if (good !== undefined && 'description' in good) good.headers = VALIDITY;
}

const header = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const },
  example,
});
const RETRY_AFTER = { 'Retry-After': header('Seconds after which to ask again', '5') };
const LIMITS = {
  RateLimit: header(
    'How many requests are left, and seconds until there are more',
    '"requests";r=0;t=12',
  ),
  'RateLimit-Policy': header(
    'How many requests there are, in how many seconds',
    '"requests";q=600;w=60',
  ),
};
const VALIDITY = {
  ETag: header('What this answer is known by, for If-None-Match', 'W/"x8Fq0nPz3kQmJt5b7sYh2A"'),
  'Cache-Control': header(
    'How long it may be kept: until the next update is due',
    'public, max-age=3600',
  ),
};

/**
 * Makes the example of a parameter one that can be chosen, where the parameter can be left out.
 * Swagger UI fills in what is simply an example: all filters at once, through which nothing passes.
 */
function offerExample(parameter: Parameter): Parameter {
  const { schema } = parameter;
  if (parameter.required === true || schema === undefined || !('example' in schema))
    return parameter;
  const { example, ...rest } = schema as { readonly example: unknown };
  return {
    ...parameter,
    schema: rest,
    examples: { none: { summary: 'left out' }, one: { summary: String(example), value: example } },
  };
}

function problem(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/**
 * Errors are answered as problem+json; the decorators know no other type than the one of the good
 * answers.
 */
function nameProblems(
  responses: Record<string, { content: Record<string, unknown> } | object | undefined>,
): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400 || response === undefined || !('content' in response)) continue;
    response.content = Object.fromEntries(
      Object.values(response.content).map((content) => ['application/problem+json', content]),
    );
  }
}
