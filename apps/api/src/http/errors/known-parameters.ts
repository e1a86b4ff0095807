import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { accessPolicyOf } from '../auth/access-policy.ts';
import { badInput } from '../../problems/bad-input.ts';

/** Nest's number for what `@Query` takes. */
const QUERY = '4';

/**
 * Refuses query parameters that an operation does not have, on every route, also where it has none
 * at all.
 */
@Injectable()
export class KnownParameters implements CanActivate {
  readonly #known = new WeakMap<object, ReadonlySet<string> | null>();

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const query = request.query as Record<string, unknown>;
    const given = Object.keys(query);
    if (given.length === 0) return true;
    const known = this.#knownTo(context);
    const also = accessPolicyOf(request).keyParameter;
    const unknown = known === null ? [] : given.filter((name) => !known.has(name) && name !== also);
    if (known !== null && unknown.length > 0)
      throw badInput([{ code: 'unrecognized_keys', keys: unknown, message: '' }], [...known]);
    return true;
  }

  /**
   * The names in the schemas of a handler's query; null where something is taken that has no
   * schema.
   */
  #knownTo(context: ExecutionContext): ReadonlySet<string> | null {
    const handler = context.getHandler();
    let known = this.#known.get(handler);
    if (known === undefined) {
      const parameters = (Reflect.getMetadata(
        ROUTE_ARGS_METADATA,
        context.getClass(),
        handler.name,
      ) ?? {}) as Record<string, { schema?: unknown; data?: unknown }>;
      const queries = Object.entries(parameters)
        .filter(([key]) => key.startsWith(`${QUERY}:`))
        .map(([, parameter]) => parameter);
      const names = queries.map(({ schema, data }) =>
        typeof data === 'string' ? [data] : schema instanceof z.ZodType ? namesIn(schema) : null,
      );
      known = names.includes(null) ? null : new Set(names.flatMap((some) => some ?? []));
      this.#known.set(handler, known);
    }
    return known;
  }
}

/** The fields that a schema takes, whatever is wrapped around its object. */
export function namesIn(schema: z.ZodType): string[] | null {
  // without what is registered of shapes: one that has an id would be a reference
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
