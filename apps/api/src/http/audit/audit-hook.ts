import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessPolicyOf, isAudited } from '../auth/access-policy.ts';
import type { AuditLog } from './audit-log.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of what the request has made or started: a run, a key, a webhook. */
    madeId: string | null;
  }
}

/**
 * Writes into the audit log what comes through the door and could change something: before it is
 * done, and how it ended. A request that cannot be written down is not done.
 */
export function addAuditHook(
  fastify: FastifyInstance,
  audit: AuditLog,
  onError: (error: unknown) => void,
): void {
  fastify.decorateRequest('madeId', null);
  const entries = new WeakMap<FastifyRequest, string>();

  fastify.addHook('preHandler', async (request) => {
    const { id: requestId, method, url, caller, body: asked } = request;
    if (!isAudited(accessPolicyOf(request), method)) return;
    const { key = null, address = null } = caller ?? {};
    entries.set(
      request,
      await audit.begin({
        requestId,
        keyId: key?.id ?? null,
        keyName: key?.name ?? null,
        address,
        method,
        path: url.replace(/\?.*$/su, ''),
        asked,
      }),
    );
  });

  fastify.addHook('preSerialization', (request, _, payload: unknown, done) => {
    if (
      entries.has(request) &&
      typeof payload === 'object' &&
      payload !== null &&
      'id' in payload &&
      typeof payload.id === 'string'
    )
      request.madeId = payload.id;
    done(null, payload);
  });

  fastify.addHook('onSend', async (request, { statusCode }) => {
    const id = entries.get(request);
    // it is done: who asked for it is answered all the same
    if (id !== undefined) await audit.end(id, statusCode, request.madeId).catch(onError);
  });
}
