import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessPolicyOf, isAudited } from '../auth/access-policy.ts';
import type { Asked, AuditLog } from './audit-log.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of the run, key or webhook that the request created or changed. */
    madeId: string | null;
  }
}

/** What the audit log records of a request before it is done. */
export function askedBy(
  { id: requestId, method, url, caller }: FastifyRequest,
  asked: unknown,
): Asked {
  const { key = null, address = null } = caller ?? {};
  return {
    requestId,
    keyId: key?.id ?? null,
    keyName: key?.name ?? null,
    issuer: key?.person?.issuer ?? null,
    subject: key?.person?.subject ?? null,
    address,
    method,
    path: url.replace(/\?.*$/su, ''),
    asked,
  };
}

/**
 * Writes every audited request to the audit log: an entry before the handler runs, and its status
 * afterwards. If the entry cannot be written, the handler does not run. Which requests are audited
 * follows from the access policy: see {@link isAudited}.
 */
export function addAuditHook(
  fastify: FastifyInstance,
  audit: AuditLog,
  onError: (error: unknown) => void,
): void {
  fastify.decorateRequest('madeId', null);
  const entries = new WeakMap<FastifyRequest, string>();

  fastify.addHook('preHandler', async (request) => {
    const { method, body } = request;
    const policy = accessPolicyOf(request);
    // what a call asks for is in its messages: its handler records it
    if (policy.call !== undefined || !isAudited(policy, method)) return;
    // a file is not of the log
    const asked = body instanceof Readable ? undefined : body;
    entries.set(request, await audit.begin(askedBy(request, asked)));
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
    // the change is made: its client gets the response even if this fails
    if (id !== undefined) await audit.end(id, statusCode, request.madeId).catch(onError);
  });
}
