import { Ajv } from 'ajv';

/** JSON schemas of the answers, written from the text of the Reconciliation Service API 0.2. */
const text = { type: 'string' };
const filled = { type: 'string', minLength: 1 };
const uri = { type: 'string', pattern: '^https?://' };
const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});
const listOf = (items: object) => ({ type: 'array', items });
const withId = { type: 'string', pattern: '\\{\\{id\\}\\}' };

const named = object({ id: filled, name: filled });
const type = object({ id: filled, name: filled, broader: listOf(named) }, ['id', 'name']);
const view = object({ url: withId });
const service = object(
  {
    service_url: uri,
    service_path: text,
    flyout_service_url: uri,
    flyout_service_path: { type: 'string', pattern: '\\$\\{id\\}' },
  },
  [],
);
const only = (properties: object) => ({ ...object(properties), additionalProperties: false });

const SCHEMAS = {
  manifest: object(
    {
      versions: { ...listOf(text), contains: { const: '0.2' } },
      name: filled,
      identifierSpace: uri,
      schemaSpace: uri,
      documentation: uri,
      logo: uri,
      serviceVersion: text,
      batchSize: { type: 'integer', minimum: 1 },
      defaultTypes: { ...listOf(type), uniqueItems: true },
      view,
      feature_view: view,
      preview: object({ url: withId, width: { type: 'integer' }, height: { type: 'integer' } }),
      suggest: object({ entity: service, property: service, type: service }, []),
      extend: object({ propose_properties: service, property_settings: listOf({}) }, []),
    },
    ['versions', 'name', 'identifierSpace', 'schemaSpace'],
  ),
  results: {
    type: 'object',
    additionalProperties: object({
      result: listOf(
        object(
          {
            id: filled,
            name: filled,
            description: text,
            score: { type: 'number' },
            match: { type: 'boolean' },
            type: listOf({ anyOf: [named, filled] }),
            features: listOf(object({ id: filled, value: { type: ['number', 'boolean'] } })),
          },
          ['id', 'name', 'score'],
        ),
      ),
    }),
  },
  extension: object({
    meta: listOf(object({ id: filled, name: filled, type: named, service: uri }, ['id', 'name'])),
    rows: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: listOf({
          oneOf: [
            { type: 'object', maxProperties: 0 },
            {
              ...object({ id: filled, name: filled, description: text }, ['id', 'name']),
              additionalProperties: false,
            },
            only({ str: text }),
            only({ float: { type: 'number' } }),
            only({ int: { type: 'integer' } }),
            only({
              date: {
                type: 'string',
                pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$',
              },
            }),
          ],
        }),
      },
    },
  }),
  suggestions: object({
    result: listOf(
      object(
        {
          id: filled,
          name: filled,
          description: text,
          notable: listOf({ anyOf: [named, filled] }),
        },
        ['id', 'name'],
      ),
    ),
  }),
  flyout: object({ id: filled, html: filled }),
  proposal: object({ type: filled, limit: { type: 'integer' }, properties: listOf(named) }, [
    'type',
    'properties',
  ]),
} as const;

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });

/** What is wrong with an answer, by the specification; empty for a valid one. */
export function faultsOf(kind: keyof typeof SCHEMAS, answer: unknown): string {
  const validate = ajv.getSchema(kind) ?? ajv.addSchema(SCHEMAS[kind], kind).getSchema(kind);
  return validate?.(answer) === true ? '' : ajv.errorsText(validate?.errors);
}
