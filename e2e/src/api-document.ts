import { z } from 'zod';

/** A JSON schema of the document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: JsonSchema;
  /** What /docs fills in. */
  readonly example?: unknown;
}

type Examples = Readonly<Record<string, { readonly value: unknown }>>;
type Content = Readonly<
  Record<string, { readonly schema?: JsonSchema; readonly examples?: Examples }>
>;

/** An operation of the document. */
export interface Operation {
  readonly method: string;
  /** Such as `/titles/{tconst}`. */
  readonly path: string;
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly body: {
    readonly required: boolean;
    readonly schema: JsonSchema;
    readonly examples: Examples;
  } | null;
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface DocumentOperation extends Omit<Operation, 'method' | 'path' | 'parameters' | 'body'> {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
}

type Paths = Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;

/** The OpenAPI document of a server. */
export class ApiDocument {
  readonly operations: readonly Operation[];
  /** The schemas by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly #checks = new Map<string, z.ZodType>();

  private constructor(paths: Paths, schemas: Readonly<Record<string, JsonSchema>>) {
    this.schemas = schemas;
    this.operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { parameters = [], requestBody, ...rest }]) => {
        const body =
          requestBody === undefined
            ? null
            : {
                required: requestBody.required === true,
                schema: requestBody.content['application/json']?.schema ?? {},
                examples: requestBody.content['application/json']?.examples ?? {},
              };
        return { ...rest, method: method.toUpperCase(), path, parameters, body };
      }),
    );
  }

  /** Reads the document of a server. */
  static async of(apiUrl: string): Promise<ApiDocument> {
    const text = (await (await fetch(`${apiUrl}/openapi.json`)).text()).replaceAll(
      '#/components/schemas/',
      '#/$defs/',
    );
    const { paths, components } = JSON.parse(text) as {
      paths: Paths;
      components: { schemas: Record<string, JsonSchema> };
    };
    return new ApiDocument(paths, components.schemas);
  }

  /** Follows the reference of a schema, if it is one. */
  resolve(schema: JsonSchema): JsonSchema {
    const { $ref } = schema;
    return typeof $ref === 'string'
      ? this.resolve(this.schemas[$ref.slice('#/$defs/'.length)] ?? {})
      : schema;
  }

  /** Why a value does not match a schema; null if it does. */
  validationError(value: unknown, schema: JsonSchema): string | null {
    const key = JSON.stringify(schema);
    let check = this.#checks.get(key);
    if (check === undefined) {
      check = z.fromJSONSchema(
        { ...schema, $defs: this.#schemasWithin(schema) },
        { defaultTarget: 'draft-2020-12' },
      );
      this.#checks.set(key, check);
    }
    const { error } = check.safeParse(value);
    return error === undefined ? null : z.prettifyError(error);
  }

  /**
   * The schemas that one refers to, also through others. Given all schemas of the document, zod
   * would copy them for each check.
   */
  #schemasWithin(
    schema: JsonSchema,
    found: Record<string, JsonSchema> = {},
  ): Record<string, JsonSchema> {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/\$defs\/([^"]+)"/gu)) {
      const next = this.schemas[name];
      if (next === undefined || name in found) continue;
      found[name] = next;
      this.#schemasWithin(next, found);
    }
    return found;
  }
}
