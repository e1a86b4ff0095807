import fc from 'fast-check';
import type { ApiDocument, JsonSchema, Operation, Parameter } from './api-document.ts';

/** A request as sent. */
export interface ApiInput {
  /** Encoded, with the query. */
  readonly path: string;
  readonly body?: string;
}

/** Existing values by parameter, so that not every response is a 404. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

/**
 * Texts that are invalid for most parameters: wrong types, limits, characters that often break
 * parsers.
 */
const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  '1e9',
  '99999999999999999999',
  'null',
  'true',
  'undefined',
  '[]',
  '{}',
  '%',
  '\u0000',
  '\ud800',
  '\uffff',
  '\u202e',
  "' or 1=1 --",
  '../..',
  'tt1',
  'nm0000001',
  ',',
  ',,',
  'x'.repeat(600),
  '💥',
  'NaN',
  'Infinity',
];

/** Valid requests of an operation, by the document. */
export function validInputs(
  document: ApiDocument,
  operation: Operation,
  known: KnownValues,
): fc.Arbitrary<ApiInput> {
  return inputs(
    operation,
    (parameter) => validText(document, parameter, known),
    operation.body === null ? fc.constant(undefined) : validBody(document, operation.body),
  );
}

/**
 * Requests of an operation with arbitrary values, sometimes with unknown or repeated parameters.
 */
export function arbitraryInputs(
  document: ApiDocument,
  operation: Operation,
  known: KnownValues,
): fc.Arbitrary<ApiInput> {
  const odd = fc.oneof(
    fc.constantFrom(...ODD_TEXTS),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.integer().map(String),
  );
  const good = (parameter: Parameter) => validText(document, parameter, known);
  const body =
    operation.body === null
      ? fc.constant(undefined)
      : fc.option(
          fc.oneof(
            fc.json({ maxDepth: 3 }),
            oddFields(document, operation.body.schema),
            fc.constantFrom('', '{', 'null', '[]', '"x"', '{"__proto__":{}}'),
          ),
          { nil: undefined },
        );
  const more = fc.array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(
          '__proto__',
          'limit',
          'sort',
          'x',
          ...operation.parameters.map(({ name }) => name),
        ),
        fc.string({ maxLength: 8 }),
      ),
      odd,
    ),
    { maxLength: 2 },
  );
  return fc
    .tuple(
      inputs(
        operation,
        (parameter) =>
          fc.oneof({ weight: 2, arbitrary: good(parameter) }, { weight: 1, arbitrary: odd }),
        body,
      ),
      more,
    )
    .map(([{ path, ...rest }, parameters]) => ({
      ...rest,
      path: parameters.reduce(
        (whole, [name, value]) =>
          `${whole}${whole.includes('?') ? '&' : '?'}${encode(name)}=${encode(value)}`,
        path,
      ),
    }));
}

function inputs(
  { path, parameters }: Operation,
  valueOf: (parameter: Parameter) => fc.Arbitrary<string>,
  body: fc.Arbitrary<string | undefined>,
): fc.Arbitrary<ApiInput> {
  const values = parameters.map((parameter) => {
    const value = valueOf(parameter);
    // few at a time: all together would match nothing
    return parameter.required === true || parameter.in === 'path'
      ? value
      : fc.option(value, {
          nil: undefined,
          freq: 1 + Math.min(1, Math.floor(8 / parameters.length)),
        });
  });
  return fc.tuple(fc.tuple(...values), body).map(([given, text]) => {
    const filled = parameters.reduce(
      (whole, { name, in: where }, i) =>
        where === 'path' ? whole.replace(`{${name}}`, encode(given[i] ?? '') || '%20') : whole,
      path,
    );
    const query = parameters.flatMap(({ name, in: where }, i) =>
      where === 'query' && given[i] !== undefined ? [`${encode(name)}=${encode(given[i])}`] : [],
    );
    return {
      path: query.length === 0 ? filled : `${filled}?${query.join('&')}`,
      ...(text === undefined ? {} : { body: text }),
    };
  });
}

/** A value as it stands in a URL. */
export function asText(value: unknown): string {
  return typeof value === 'string' || Array.isArray(value) ? String(value) : JSON.stringify(value);
}

function validText(
  document: ApiDocument,
  { name, schema: shape }: Parameter,
  known: KnownValues,
): fc.Arbitrary<string> {
  const [example] = (shape['examples'] ?? []) as unknown[];
  const schema = { ...shape, ...(example === undefined ? {} : { example }) };
  const generated = validValue(document, schema).map((value) => asText(value));
  const examples = [
    ...(known[name] ?? []),
    ...('example' in schema ? [asText(schema.example)] : []),
  ];
  return examples.length === 0
    ? generated
    : fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom(...examples) },
        { weight: 1, arbitrary: generated },
      );
}

function validBody(
  document: ApiDocument,
  { schema, required }: NonNullable<Operation['body']>,
): fc.Arbitrary<string | undefined> {
  const text = validValue(document, schema).map((value) => JSON.stringify(value));
  return required ? text : fc.option(text, { nil: undefined });
}

/** A JSON object with the fields of the schema and arbitrary values. */
function oddFields(document: ApiDocument, schema: JsonSchema): fc.Arbitrary<string> {
  const { properties = {} } = document.resolve(schema) as {
    properties?: Record<string, JsonSchema>;
  };
  const fields = Object.entries(properties).map(
    ([name, field]) =>
      [
        name,
        fc.oneof(
          validValue(document, field),
          fc.jsonValue({ maxDepth: 2 }),
          fc.constantFrom(...ODD_TEXTS),
        ),
      ] as const,
  );
  return fc
    .record(Object.fromEntries(fields), { requiredKeys: [] })
    .map((value) => JSON.stringify(value));
}

/** Valid values of a JSON schema of the document. */
function validValue(document: ApiDocument, given: JsonSchema): fc.Arbitrary<unknown> {
  const schema = document.resolve(given) as JsonSchema & SchemaParts;
  if (Array.isArray(schema.type)) {
    const types = schema.type as readonly string[];
    return fc.oneof(...types.map((type) => validValue(document, { ...schema, type })));
  }
  if (schema.type === 'null') return fc.constant(null);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const parts = schema.anyOf ?? schema.allOf;
  if (parts !== undefined) return fc.oneof(...parts.map((part) => validValue(document, part)));
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([name, field]) => [name, validValue(document, field)] as const,
      );
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] });
    }
    case 'array':
      return fc.array(validValue(document, schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? 0, -1e9),
        max: Math.min(schema.maximum ?? 1e9, 2 ** 31 - 1),
      });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 10, noNaN: true });
    case 'boolean':
      return fc.boolean();
    default:
      return validString(schema);
  }
}

interface SchemaParts {
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly example?: unknown;
}

function validString({
  format,
  pattern,
  minLength = 0,
  maxLength = 30,
  example,
}: SchemaParts): fc.Arbitrary<unknown> {
  const length = { minLength, maxLength: Math.min(maxLength, 30) };
  if (format === 'uuid') return fc.uuid();
  // needs no name resolution, and nothing listens there
  if (format === 'uri') return fc.webPath().map((path) => `http://127.0.0.1:9${path}`);
  if (format === 'date-time')
    return fc
      .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (pattern === '^[^\\0]*$' || pattern === undefined)
    return fc.string({ ...length, unit: 'grapheme' });
  // patterns with look-ahead cannot be generated from
  if (/\(\?[=!<]/u.test(pattern)) return fc.constant(example);
  return fc.stringMatching(new RegExp(pattern, 'u'));
}

/** Encodes a text for a URL; a lone surrogate, which has no encoding, as invalid bytes. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}
