import { ATTRIBUTION } from '@marquee/contract';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** The OpenAPI document of the API, made from its controllers and schemas. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('marquee')
    .setDescription(
      `Your own current copy of IMDb's public datasets.\n\n${ATTRIBUTION} For personal and non-commercial use.`,
    )
    .setVersion('0.1.0')
    .setLicense('Apache-2.0 (the code, not the data)', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addTag('titles', 'Films, series, episodes and the rest')
    .addTag('names', 'People')
    .addTag('runs', 'Downloads, loads and updates: start them and watch them')
    .addTag('health', 'For whoever looks after the process')
    .build();
  const document = SwaggerModule.createDocument(app, about);
  for (const item of Object.values(document.paths)) {
    for (const operation of [item.get, item.post]) if (operation !== undefined) nameProblems(operation.responses);
  }
  return document;
}

/** Errors are answered as problem+json; the decorators know no other type than the one of the good answers. */
function nameProblems(responses: Record<string, { content: Record<string, unknown> } | object | undefined>): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400 || response === undefined || !('content' in response)) continue;
    response.content = Object.fromEntries(Object.values(response.content).map((content) => ['application/problem+json', content]));
  }
}
