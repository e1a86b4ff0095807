import { Movie, type ExportColumn } from '@marquee/contract';
import { z } from 'zod';

/** What we read of a JSON schema. */
interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** DuckDB's type of a value of JSON: a name, a list, or the types of fields. */
type JsonType = string | readonly [JsonType] | { readonly [field: string]: JsonType };

/** DuckDB's types of texts with a format. */
const TIMES: Readonly<Record<string, string>> = {
  date: 'DATE',
  'date-time': 'TIMESTAMP WITH TIME ZONE',
};

const SCHEMA = z.toJSONSchema(Movie) as JsonSchema;

/** The fields of a movie as DuckDB's `from_json` takes them. */
const FIELDS = Object.entries(resolve(SCHEMA).properties ?? {}).map(([field, schema]) => ({
  field,
  name: field.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`),
  type: jsonTypeOf(schema),
  comment: schema.description ?? '',
}));

/**
 * The columns of a merged movie, as `GET /movies/{id}` answers it: its fields in snake_case, with
 * lists and structures as such. They follow from the contract, so that a new field has its column.
 */
export const MOVIE_COLUMNS: readonly ExportColumn[] = FIELDS.map(({ name, type, comment }) => ({
  name,
  type: typeName(type),
  comment,
}));

/**
 * DuckDB's query for the columns of movies, and others before them, of a table with documents.
 *
 * @param others names of further columns
 */
export function selectMovies(others: readonly string[]): string {
  const types = Object.fromEntries(FIELDS.map(({ field, type }) => [field, type]));
  const columns = FIELDS.map(({ field, name }) => `movie."${field}" as ${name}`);
  return `select ${[...others, ...columns].join(', ')} from (
    select ${[...others, ''].join(', ')}from_json_strict(document, '${JSON.stringify(types)}') as movie from csv
  )`;
}

function resolve(schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.replace('#/$defs/', '');
  return name === undefined ? schema : (SCHEMA.$defs?.[name] ?? {});
}

function jsonTypeOf(given: JsonSchema): JsonType {
  const schema = resolve(given);
  const [type] = [schema.type ?? []].flat().filter((one) => one !== 'null');
  if (schema.anyOf !== undefined)
    return jsonTypeOf(schema.anyOf.find((one) => one.type !== 'null') ?? {});
  switch (type) {
    case 'array':
      return [jsonTypeOf(schema.items ?? {})];
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `MAP(VARCHAR, ${typeName(jsonTypeOf(schema.additionalProperties))})`
        : Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([field, one]) => [field, jsonTypeOf(one)]),
          );
    case 'integer':
      return 'BIGINT';
    case 'number':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'string':
      return TIMES[schema.format ?? ''] ?? 'VARCHAR';
    default:
      throw new Error(`Exports have no type for ${JSON.stringify(schema)}.`);
  }
}

/** A type as DuckDB writes it. */
function typeName(type: JsonType): string {
  if (typeof type === 'string') return type;
  if (isList(type)) return `${typeName(type[0])}[]`;
  const fields = Object.entries(type).map(([field, one]) => `"${field}" ${typeName(one)}`);
  return `STRUCT(${fields.join(', ')})`;
}

function isList(type: Exclude<JsonType, string>): type is readonly [JsonType] {
  return Array.isArray(type);
}
