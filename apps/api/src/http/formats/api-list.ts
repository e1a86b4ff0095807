import { Problem } from '@marquee/contract';
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/**
 * Describes an operation that answers with `answerList`, or in the same formats.
 *
 * @param otherTypes content types of further formats
 */
export function ApiList(
  page: z.ZodType,
  description: string,
  ...otherTypes: string[]
): MethodDecorator {
  return applyDecorators(
    ApiProduces('application/json', 'application/x-ndjson', 'text/csv', ...otherTypes),
    ApiOkResponse({ description, standardSchema: page }),
    ApiResponse({
      status: 429,
      description: 'Too many requests, or too many streams for this key or address',
      standardSchema: Problem,
    }),
    ApiResponse({
      status: 503,
      description: 'The database takes too long, or too many streams are open',
      standardSchema: Problem,
    }),
  );
}
