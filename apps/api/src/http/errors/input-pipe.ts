import { findUnstorable } from '@marquee/contract';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { badInput } from '../../problems/bad-input.ts';
import type { Vocabularies } from '../../read-models/vocabularies/vocabularies.ts';

const UNSTORABLE = 'expected a text without NUL and without half of a surrogate pair';

/**
 * Parses parameters and bodies by the schema of `@Query({ schema })`, `@Param` or `@Body`. Nest's
 * StandardSchemaValidationPipe removes fields such as `constructor` before it validates; here they
 * are rejected like every other unknown field.
 */
export class InputPipe implements PipeTransform {
  readonly #vocabularies: Pick<Vocabularies, 'check'>;

  constructor(vocabularies: Pick<Vocabularies, 'check'>) {
    this.#vocabularies = vocabularies;
  }

  /**
   * @throws ProblemException 400 that names each fault, and guesses which field or value was meant
   */
  async transform(value: unknown, { schema, type }: ArgumentMetadata): Promise<unknown> {
    if (schema === undefined || type === 'custom') return value;
    const result = await schema['~standard'].validate(value);
    if (result.issues === undefined) {
      const unstorable = type === 'body' ? findUnstorable(result.value) : null;
      if (unstorable !== null) throw badInput([{ message: UNSTORABLE, path: unstorable }]);
      return this.#vocabularies.check(schema, result.value);
    }
    const isUnknown = result.issues.some(
      (issue) => 'code' in issue && issue.code === 'unrecognized_keys',
    );
    const names = isUnknown && schema instanceof z.ZodType ? fieldsOf(schema) : null;
    throw badInput(result.issues, { what: 'field', names, input: value });
  }
}

/** The fields that a schema accepts, whatever is wrapped around its object; null for no object. */
function fieldsOf(schema: z.ZodType): string[] | null {
  // an empty registry: a schema with an id would become a $ref
  const { properties, anyOf, allOf } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    metadata: z.registry(),
  });
  const parts = [
    properties,
    ...[...(anyOf ?? []), ...(allOf ?? [])].map((part) =>
      typeof part === 'object' ? part.properties : undefined,
    ),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? null : parts.flatMap((part) => Object.keys(part));
}
