import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { accessPolicyOf } from '../auth/access-policy.ts';
import { badInput } from '../../problems/bad-input.ts';

/**
 * Rejects query parameters that an operation does not have, on every route, including those without
 * any parameters: a misspelt filter must not return the unfiltered list.
 */
@Injectable()
export class KnownParameters implements CanActivate {
  readonly #parameters: () => ReadonlyMap<string, readonly string[]>;

  /**
   * @param parameters names of the query parameters of each operation, by method and route, such as
   *   `GET /titles/:tconst`
   */
  constructor(parameters: () => ReadonlyMap<string, readonly string[]>) {
    this.#parameters = parameters;
  }

  /** @throws ProblemException 400 */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const given = Object.keys(request.query as Record<string, unknown>);
    if (given.length === 0 || accessPolicyOf(request).ignoresUnknownParameters === true)
      return true;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const known = this.#parameters().get(`${method} ${request.routeOptions.url ?? ''}`) ?? [];
    const unknown = given.filter((name) => !known.includes(name));
    if (unknown.length > 0)
      throw badInput([{ code: 'unrecognized_keys', keys: unknown, message: '' }], {
        what: 'parameter',
        names: known,
      });
    return true;
  }
}
