import { Delivery, Problem } from '@marquee/contract';
import { applyDecorators } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiResponse,
} from '@nestjs/swagger';

/** The response to the id of a delivery that does not exist. */
export const NO_DELIVERY = {
  status: 404,
  description: 'There is no such delivery',
  standardSchema: Problem,
} as const;

/** Describes an operation whose body is a file for a source. */
export function ApiFileBody(): MethodDecorator {
  return applyDecorators(
    ApiConsumes('application/octet-stream'),
    ApiBody({ description: 'The file', schema: { type: 'string', format: 'binary' } }),
    ApiResponse({ status: 404, description: 'There is no such source', standardSchema: Problem }),
    ApiResponse({ status: 409, description: 'The source takes no files', standardSchema: Problem }),
    ApiResponse({ status: 413, description: 'The file is too large', standardSchema: Problem }),
    ApiResponse({ status: 415, description: 'The body is no file', standardSchema: Problem }),
  );
}

/** Describes an operation that delivers its body. */
export function ApiDeliver(): MethodDecorator {
  return applyDecorators(
    ApiFileBody(),
    ApiAcceptedResponse({
      description: 'The delivery, which the extractor reads',
      standardSchema: Delivery,
    }),
    ApiOkResponse({
      description: 'The delivery that has the same file already',
      standardSchema: Delivery,
    }),
  );
}
