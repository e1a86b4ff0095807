import { StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { badInput } from '../../problems/bad-input.ts';
import { namesIn } from './known-parameters.ts';

/**
 * Takes input by its schema, and answers what does not fit with a 400 that says why, and what may
 * have been meant.
 */
export class InputPipe extends StandardSchemaValidationPipe {
  /**
   * It leaves out `constructor` and `prototype`, as if nobody had sent them: they are refused like
   * all that nobody knows.
   */
  protected override stripProtoKeys(): void {
    // nothing is assigned by such names
  }

  protected override async validate(
    value: unknown,
    schema: Parameters<StandardSchemaValidationPipe['validate']>[1],
  ): Promise<{ value: never }> {
    const result = await super.validate<never>(value, schema);
    if (result.issues === undefined) return result;
    const isUnknown = result.issues.some(
      (issue) => 'code' in issue && issue.code === 'unrecognized_keys',
    );
    throw badInput(
      result.issues,
      isUnknown && schema instanceof z.ZodType ? namesIn(schema) : null,
      'field',
    );
  }
}
