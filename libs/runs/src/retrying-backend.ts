import { ConnectionClosedError, type IQueueBackend } from 'bullmq';
import { isRetryable } from './retryable-errors.ts';

/** The backend of the queue is unavailable for a moment. */
class BackendUnavailable extends ConnectionClosedError {
  override readonly name = 'BackendUnavailable';
  /** For jobs that use the queue themselves: see {@link isRetryable}. */
  readonly retryable = true;
}

/**
 * Wraps the backend of a worker so that every transient error is a lost connection: the worker
 * waits a little and repeats the call.
 *
 * BullMQ itself only recognizes the lost connections of Redis. The start or shutdown of PostgreSQL
 * is an ordinary error to it. A worker then marks a finished job as failed, and asks for the next
 * job without a pause, hundreds of times a second.
 */
export function retrying<B extends IQueueBackend>(backend: B): B {
  return new Proxy(backend, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        return result instanceof Promise ? result.catch(rethrow) : result;
      };
    },
  });
}

function rethrow(error: unknown): never {
  throw error instanceof Error && isRetryable(error)
    ? new BackendUnavailable(error.message, error)
    : error;
}
